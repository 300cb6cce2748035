import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";

/** Folders at the root that hold modules of the project, besides the packages. */
export const MODULE_FOLDERS = ["src", "hypervisors", "guest-image", "kernel-config", "scripts", "bench", "test"];

/** Paths, from the root, of the files below some folders whose name ends with one of `endings`; sorted. */
export function filesBelow(root: string, folders: readonly string[], endings: readonly string[]): string[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}

/** The folders of the workspaces' own modules: `packages/<name>/<part>`. */
export function packageFolders(root: string, parts: readonly string[]): string[] {
  return readdirSync(join(root, "packages")).flatMap((name) => parts.map((part) => `packages/${name}/${part}`));
}
