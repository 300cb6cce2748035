import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";

/** The kernel of Xen's PV guests, where build-guest.mjs --xen-pv has built one. */
export function xenPvKernel(): string | undefined {
  const guest = join(repositoryRoot(import.meta.url), "build/guest.json");
  if (!existsSync(guest)) return undefined;
  return (JSON.parse(readFileSync(guest, "utf8")) as { xenPvKernel?: string }).xenPvKernel;
}
