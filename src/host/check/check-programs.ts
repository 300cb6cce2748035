import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Finding } from "./finding.js";

/** System programs that the host side starts, with the Debian package of each. */
const PROGRAMS = [
  { name: "unshare", debianPackage: "util-linux" },
  { name: "setpriv", debianPackage: "util-linux" },
  { name: "mount", debianPackage: "mount" },
  { name: "umount", debianPackage: "mount" },
] as const;

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
  return PROGRAMS.map(({ name, debianPackage }) => {
    const path = findProgram(name, searchPath);
    return path === undefined
      ? { subject: name, level: "missing", detail: "not in PATH", remedy: `apt-get install ${debianPackage}` }
      : { subject: name, level: "ok", detail: path };
  });
}
