import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TskataError } from "../../src/common/error.js";

/** Where Debian's busybox-static puts its program. */
const DEBIANS_BUSYBOX = "/bin/busybox";
const FOLDERS = ["bin", "dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "usr/bin", "var"];

/**
 * Makes a root filesystem of Debian's static busybox: its programs in `/bin`,
 * the users root, daemon and nobody, and empty mount points.
 *
 * @param directory is made; must not exist yet
 * @param busybox path of a static busybox; that of Debian's busybox-static by default
 * @throws TskataError `not-found` where there is none
 */
export function makeBusyboxRootfs(directory: string, busybox: string = DEBIANS_BUSYBOX): void {
  if (!existsSync(busybox)) throw new TskataError("not-found", `no ${busybox}: apt-get install busybox-static`);
  mkdirSync(directory);
  for (const folder of FOLDERS) mkdirSync(join(directory, folder), { recursive: true });
  copyFileSync(busybox, join(directory, "bin/busybox"));
  for (const applet of appletNames(busybox)) {
    if (applet !== "busybox") symlinkSync("busybox", join(directory, "bin", applet));
  }
  writeFileSync(
    join(directory, "etc/passwd"),
    USERS.map(([name, id, home]) => `${name}:x:${id}:${id}::${home}:/bin/sh\n`).join(""),
  );
  writeFileSync(join(directory, "etc/group"), USERS.map(([name, id]) => `${name}:x:${id}:\n`).join(""));
}

const USERS = [
  ["root", 0, "/root"],
  ["daemon", 1, "/"],
  ["nobody", 65534, "/"],
] as const;

function appletNames(busybox: string): string[] {
  const { stdout, error } = spawnSync(busybox, ["--list"], { encoding: "utf8" });
  if (error !== undefined)
    throw new TskataError("unavailable", `${busybox} --list: ${error.message}`, { cause: error });
  return stdout.split("\n").filter((name) => name !== "");
}
