import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Installs the Debian packages on a machine that the runtime needs there.
 *
 * @param root the machine's root directory
 * @param checkout has the list
 * @returns those that were missing
 * @throws Error for what isn't a Debian that the list knows, and where apt-get fails
 */
export function installPackages(root: string, checkout: string): string[] {
  const release = /^VERSION_ID="?([^"\n]*)"?$/m.exec(readFileSync(join(root, "etc/os-release"), "utf8"))?.[1] ?? "";
  const list = [join(checkout, "scripts/system-packages.mjs"), "--runtime", "--release", release, "list"];
  const wanted = execFileSync(process.execPath, list, { encoding: "utf8" }).trim().split("\n");
  // it ends with 1 where it doesn't know one of them
  const query = spawnSync("chroot", [root, "dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", ...wanted], {
    encoding: "utf8",
  });
  if (query.error !== undefined) throw new Error(`chroot can't be run: ${query.error.message}`);
  const installed = new Set(query.stdout.split("\n"));
  const missing = wanted.filter((name) => !installed.has(`${name} installed`));
  if (missing.length === 0) return [];
  const apt = (...args: string[]): Buffer =>
    execFileSync("chroot", [root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", ...args], {
      stdio: ["ignore", "inherit", "inherit"],
    });
  apt("update");
  apt("install", "--yes", "--no-install-recommends", ...missing);
  return missing;
}
