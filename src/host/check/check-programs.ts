import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Finding } from "./finding.js";

interface Program {
  readonly name: string;
  readonly debianPackage: string;
  /** What can't be done without it; nothing can where absent. */
  readonly without?: string;
}

const WITHOUT_NETWORK = "linux.netDevices can't be used";

/** System programs that the host side starts, with the Debian package of each. */
const PROGRAMS: readonly Program[] = [
  { name: "unshare", debianPackage: "util-linux" },
  { name: "setpriv", debianPackage: "util-linux" },
  { name: "mount", debianPackage: "mount" },
  { name: "umount", debianPackage: "mount" },
  { name: "nsenter", debianPackage: "util-linux", without: WITHOUT_NETWORK },
  { name: "ip", debianPackage: "iproute2", without: WITHOUT_NETWORK },
  { name: "tc", debianPackage: "iproute2", without: WITHOUT_NETWORK },
];

/** The first program of that name in a search path, or undefined. */
export function findProgram(name: string, searchPath = process.env["PATH"] ?? ""): string | undefined {
  return searchPath
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Whether the system programs that tskata starts are there. */
export function checkPrograms(searchPath?: string): Finding[] {
  return PROGRAMS.map(({ name, debianPackage, without }) => {
    const path = findProgram(name, searchPath);
    if (path !== undefined) return { subject: name, level: "ok", detail: path };
    const remedy = `apt-get install ${debianPackage}`;
    return without === undefined
      ? { subject: name, level: "missing", detail: "not in PATH", remedy }
      : { subject: name, level: "warning", detail: `not in PATH: ${without}`, remedy };
  });
}
