import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { errnoName, TskataError } from "../../src/common/error.js";
import { type InstalledFile, LIBRARY_FOLDER } from "./installed-files.js";

/** What an installation has put under its prefix, in the order of making. */
interface Manifest {
  readonly directories: readonly string[];
  readonly files: readonly string[];
}

const MANIFEST = `${LIBRARY_FOLDER}/installed.json`;

/**
 * Puts files under a prefix, each by a rename, and lists them in a manifest.
 * What an earlier installation had and this one doesn't is removed.
 *
 * @param prefix absolute path, below which all files go
 */
export function installFiles(prefix: string, files: readonly InstalledFile[]): void {
  const earlier = readManifest(prefix);
  const directories = new Set(earlier?.directories);
  for (const { target, content, mode } of files) {
    for (const made of makeDirectories(prefix, dirname(target))) directories.add(made);
    const path = join(prefix, target);
    const partial = `${path}.partial`;
    if ("text" in content) writeFileSync(partial, content.text);
    else copyFileSync(content.copyOf, partial);
    chmodSync(partial, mode);
    renameSync(partial, path);
  }
  const targets = files.map(({ target }) => target);
  for (const old of earlier?.files ?? []) if (!targets.includes(old)) rmSync(join(prefix, old), { force: true });
  const manifest: Manifest = { directories: [...directories], files: targets };
  writeFileSync(join(prefix, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/**
 * Removes exactly what the manifest lists, and the directories that the
 * installation made where nothing else is in them.
 *
 * @returns the number of files removed
 * @throws TskataError `not-found` where nothing is installed under the prefix
 */
export function uninstallFiles(prefix: string): number {
  const manifest = readManifest(prefix);
  if (manifest === undefined) {
    throw new TskataError("not-found", `nothing is installed under ${prefix}: ${join(prefix, MANIFEST)} doesn't exist`);
  }
  for (const file of [...manifest.files, MANIFEST]) rmSync(join(prefix, file), { force: true });
  for (const directory of manifest.directories.toReversed()) removeIfEmpty(join(prefix, directory));
  return manifest.files.length;
}

function readManifest(prefix: string): Manifest | undefined {
  const path = join(prefix, MANIFEST);
  if (!existsSync(path)) return undefined;
  const manifest = JSON.parse(readFileSync(path, "utf8")) as Manifest;
  for (const entry of [...manifest.files, ...manifest.directories]) {
    if (isAbsolute(entry) || normalize(entry) !== entry || entry.startsWith("..")) {
      throw new TskataError(
        "invalid-argument",
        `${path} is damaged: ${JSON.stringify(entry)} is no path below the prefix`,
      );
    }
  }
  return manifest;
}

/** Makes a directory below the prefix, and returns those that were missing, outermost first. */
function makeDirectories(prefix: string, directory: string): string[] {
  mkdirSync(prefix, { recursive: true });
  const made: string[] = [];
  let path = "";
  for (const part of directory.split("/")) {
    path = join(path, part);
    if (existsSync(join(prefix, path))) continue;
    mkdirSync(join(prefix, path));
    made.push(path);
  }
  return made;
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    const name = errnoName(error);
    if (name !== "ENOTEMPTY" && name !== "ENOENT" && name !== "EEXIST") throw error;
  }
}
