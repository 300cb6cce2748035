import { existsSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { dirname } from "node:path";

/** A mount of this process's mount namespace. */
export interface MountEntry {
  /** `major:minor` of the filesystem. */
  readonly device: string;
  /** The directory of the filesystem that is mounted. */
  readonly root: string;
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
    const [, , device, root, mountPoint, options] = line.split(" ");
    if (device === undefined || root === undefined || mountPoint === undefined || options === undefined) return [];
    return [{ device, root: unescape(root), mountPoint: unescape(mountPoint), options: options.split(",") }];
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

/**
 * What is mounted where a path is, in words that are the same in every mount
 * namespace in which the path leads to the same files.
 *
 * @param path absolute; need not exist
 */
export function describeMount(path: string): string {
  const existing = nearestExisting(path);
  const { device, root, mountPoint } = mountOf(realpathSync(existing), readMountTable()) ?? {};
  // Below a root that is no mount itself (chroot(2)) the table doesn't have it.
  if (device === undefined) return readlinkSync("/proc/self/ns/mnt");
  return JSON.stringify([device, root, mountPoint]);
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
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
