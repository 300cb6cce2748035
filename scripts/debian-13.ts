import { readFile } from "node:fs/promises";
import { messageOf } from "../src/common/error.js";
import { cacheDirectory } from "../src/common/artifacts/artifact-cache.js";
import { progressDisplay } from "../src/common/artifacts/progress-display.js";
import { repositoryRoot } from "./artifacts/repository-root.js";
import { DEBIAN_13, ensureDebianRoot } from "./debian-root/ensure-debian-root.js";
import { runInRoot } from "./debian-root/run-in-root.js";

/** What is worth knowing of a run: what the containers are run by. */
const TOLD = /^(docker\.io|containerd|runc|podman|buildah|crun|netavark|qemu-system-x86|virtiofsd|nodejs) /;
/** Of our environment: the rest may speak of what is not in that root. */
const PASSED_ON = ["CI", "LANG", "TERM", "XDG_CACHE_HOME"];

/** Runs a command on this checkout as if the machine were a Debian 13: `npm run debian-13 -- COMMAND [ARGUMENT ...]`. */
async function main(command: readonly string[]): Promise<number> {
  if (command.length === 0) throw new Error("usage: npm run debian-13 -- COMMAND [ARGUMENT ...]");
  if (process.getuid?.() !== 0) throw new Error("only root can mount the root filesystem of Debian 13");
  const checkout = repositoryRoot(import.meta.url);
  const cache = cacheDirectory();
  const { image, packages } = await ensureDebianRoot(DEBIAN_13, checkout, cache, progressDisplay(process.stderr));
  const told = (await readFile(packages, "utf8")).split("\n").filter((line) => TOLD.test(line));
  console.error(`Debian 13 with ${told.join(", ")}`);
  const passedOn = Object.entries(process.env).filter(([name]) => PASSED_ON.includes(name)) as [string, string][];
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", ...Object.fromEntries(passedOn) };
  return runInRoot({ command, directory: checkout, env, image, kept: [checkout, cache] });
}

main(process.argv.slice(2)).then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    console.error(`debian-13: ${messageOf(error)}`);
    process.exitCode = 1;
  },
);
