import { readFileSync } from "node:fs";

/** A mount of this process's mount namespace. */
export interface MountEntry {
  readonly mountPoint: string;
  /** Options of the mount itself, such as `ro` and `noexec`. */
  readonly options: readonly string[];
}

/** All mounts, later ones on top of earlier ones (proc_pid_mountinfo(5)). */
export function readMountTable(): MountEntry[] {
  return parseMountTable(readFileSync("/proc/self/mountinfo", "utf8"));
}

/** Reads the text of a mountinfo file. */
export function parseMountTable(text: string): MountEntry[] {
  return text.split("\n").flatMap((line) => {
    const [, , , , mountPoint, options] = line.split(" ");
    if (mountPoint === undefined || options === undefined) return [];
    return [{ mountPoint: unescape(mountPoint), options: options.split(",") }];
  });
}

/**
 * The mount that a path is on.
 *
 * @param path absolute, without symlinks
 */
export function mountOf(path: string, table: readonly MountEntry[]): MountEntry | undefined {
  const holds = ({ mountPoint }: MountEntry): boolean => path === mountPoint || isBelow(path, mountPoint);
  return table.filter(holds).reduce<MountEntry | undefined>((best, entry) => {
    return best === undefined || entry.mountPoint.length >= best.mountPoint.length ? entry : best;
  }, undefined);
}

/** Whether other mounts are below a directory. */
export function hasMountsBelow(directory: string, table: readonly MountEntry[]): boolean {
  return table.some(({ mountPoint }) => isBelow(mountPoint, directory));
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory === "/" ? "/" : `${directory}/`) && path !== directory;
}

/** Spaces, tabs, newlines and backslashes are written in octal. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_match, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
