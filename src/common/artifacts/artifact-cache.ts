import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { TskataError } from "../error.js";
import { fileSha256, fingerprint } from "./fingerprint.js";
import type { Inputs } from "./fingerprint.js";
import { withFileLock } from "./file-lock.js";
import type { ReportProgress } from "./progress.js";

/** An artifact: one directory of files that follow from their inputs. */
export interface ArtifactRecipe {
  /** Kind of artifact: `kernel`, `image`. */
  kind: string;
  /** Everything that the files depend on. */
  inputs: Inputs;
  /** Makes the files in an empty directory. What is a directory there is scratch, and removed. */
  build(directory: string): Promise<void>;
}

/** A complete artifact in the cache. */
export interface Artifact {
  /** Its directory, which holds the files and `manifest.json`. */
  directory: string;
  /** Name of its inputs, see `fingerprint`. */
  hash: string;
}

interface Manifest {
  kind: string;
  hash: string;
  inputs: Inputs;
  files: Record<string, { bytes: number; sha256: string }>;
}

const MANIFEST = "manifest.json";
/** Artifacts of a kind that stay in any case, newest use first. */
const KEPT_PER_KIND = 6;
/** Older ones go once they were not used for this long. */
const KEPT_FOR_MS = 24 * 3600 * 1000;

/** The cache folder: `$XDG_CACHE_HOME/tskata`, `~/.cache/tskata` by default (XDG base directory specification). */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const base = env["XDG_CACHE_HOME"];
  return join(base !== undefined && base.startsWith("/") ? base : join(homedir(), ".cache"), "tskata");
}

/**
 * Returns the artifact of a recipe, which is built only where the cache has
 * no complete one. Of builds at the same time one does the work and the rest
 * take its result. A build that is killed leaves a directory that no one
 * takes for an artifact, and that the next build removes.
 *
 * @param cache the cache folder; made where it is missing
 */
export async function ensureArtifact(cache: string, recipe: ArtifactRecipe, report: ReportProgress): Promise<Artifact> {
  const hash = fingerprint(recipe.inputs);
  const directory = join(cache, `${recipe.kind}-${hash}`);
  const artifact = { directory, hash };
  if (await isComplete(directory)) return artifact;
  await mkdir(cache, { recursive: true });
  const stage = `wait for another build of the ${recipe.kind}`;
  const onWait = (): void => report({ stage, fraction: 0 });
  return withFileLock(join(cache, `${recipe.kind}.lock`), onWait, async () => {
    if (await isComplete(directory)) return artifact;
    const partial = `${directory}.partial`;
    await removePartials(cache, recipe.kind);
    await mkdir(partial);
    try {
      await recipe.build(partial);
      await complete(partial, { kind: recipe.kind, hash, inputs: recipe.inputs, files: {} });
      await rm(directory, { recursive: true, force: true });
      await rename(partial, directory);
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      throw error;
    }
    await prune(cache, recipe.kind);
    return artifact;
  });
}

/** Whether every file of the manifest is there in its full size. Marks the artifact as used. */
async function isComplete(directory: string): Promise<boolean> {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(await readFile(join(directory, MANIFEST), "utf8")) as Manifest;
    for (const [name, { bytes }] of Object.entries(manifest.files)) {
      if ((await stat(join(directory, name))).size !== bytes) return false;
    }
  } catch {
    // absent, cut short or damaged: all of them are built anew
    return false;
  }
  const now = new Date();
  // someone else's cache serves as well, though it can't be marked
  await utimes(directory, now, now).catch(() => undefined);
  return true;
}

/** Removes scratch directories, writes the manifest, and forces all to the disk. */
async function complete(directory: string, manifest: Manifest): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await rm(path, { recursive: true });
    else manifest.files[entry.name] = { bytes: (await stat(path)).size, sha256: await fileSha256(path) };
  }
  if (Object.keys(manifest.files).length === 0) {
    throw new TskataError("internal", `the build of the ${manifest.kind} made no file`);
  }
  await writeFile(join(directory, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
  for (const name of [...Object.keys(manifest.files), MANIFEST, "."]) await sync(join(directory, name));
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function removePartials(cache: string, kind: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (name.startsWith(`${kind}-`) && name.endsWith(".partial")) await rm(join(cache, name), { recursive: true });
  }
}

/** Removes artifacts of a kind that nobody used for a while. */
async function prune(cache: string, kind: string): Promise<void> {
  const pattern = new RegExp(`^${kind}-[0-9a-f]{16}$`);
  const names = (await readdir(cache)).filter((name) => pattern.test(name));
  const used = await Promise.all(
    names.map(async (name) => ({ path: join(cache, name), usedMs: (await stat(join(cache, name))).mtimeMs })),
  );
  used.sort((a, b) => b.usedMs - a.usedMs);
  for (const { path, usedMs } of used.slice(KEPT_PER_KIND)) {
    if (Date.now() - usedMs > KEPT_FOR_MS) await rm(path, { recursive: true, force: true });
  }
}
