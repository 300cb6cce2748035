import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoName, TskataError } from "../../common/error.js";

/** What a restore has to know beside CRIU's own images, by the file in their directory that has it. */
const FILES = {
  /** What the links of descriptors 0 to 2 said; runc has a file of that name and content too. */
  streams: "descriptors.json",
  /** Names of the mounts that lead to the host. */
  mounts: "tskata.json",
} as const;

/** What those files say. */
export type CheckpointNotes = Readonly<Record<keyof typeof FILES, readonly string[]>>;

/** Writes them into the directory of the images. */
export function writeNotes(images: string, notes: CheckpointNotes): void {
  for (const [name, file] of Object.entries(FILES)) {
    const list = notes[name as keyof typeof FILES];
    writeFileSync(join(images, file), `${JSON.stringify(list)}\n`, { mode: 0o600 });
  }
}

/**
 * Reads them.
 *
 * @throws TskataError `not-found` where one is missing, `invalid-argument` where one is none of ours
 */
export function readNotes(images: string): CheckpointNotes {
  return { streams: readList(images, FILES.streams), mounts: readList(images, FILES.mounts) };
}

function readList(images: string, file: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(images, file), "utf8"));
  } catch (cause) {
    const missing = errnoName(cause) === "ENOENT";
    const message = missing ? `the image path has no ${file}: it is no checkpoint of tskata's` : `${file} is damaged`;
    throw new TskataError(missing ? "not-found" : "invalid-argument", message, { cause });
  }
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw new TskataError("invalid-argument", `${file} is damaged`);
}
