import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TskataError } from "../../common/error.js";
import { errnoName } from "../../common/error.js";

/** What a restore has to know beside CRIU's own images. */
export interface CheckpointNotes {
  /** What the links of descriptors 0 to 2 said. */
  readonly streams: readonly string[];
  /** Names of the mounts that lead to the host. */
  readonly mounts: readonly string[];
}

/** Beside CRIU's images. */
const FILE = "tskata.json";

/** Writes them into the directory of the images. */
export function writeNotes(images: string, notes: CheckpointNotes): void {
  writeFileSync(join(images, FILE), `${JSON.stringify(notes)}\n`, { mode: 0o600 });
}

/**
 * Reads them.
 *
 * @throws TskataError `not-found` where there are none, `invalid-argument` for what is none of ours
 */
export function readNotes(images: string): CheckpointNotes {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(images, FILE), "utf8"));
  } catch (cause) {
    const missing = errnoName(cause) === "ENOENT";
    const message = missing ? `the image path has no ${FILE}: it is no checkpoint of tskata's` : `${FILE} is damaged`;
    throw new TskataError(missing ? "not-found" : "invalid-argument", message, { cause });
  }
  if (!isNotes(value)) throw new TskataError("invalid-argument", `${FILE} is damaged`);
  return value;
}

function isNotes(value: unknown): value is CheckpointNotes {
  if (typeof value !== "object" || value === null || !("streams" in value) || !("mounts" in value)) return false;
  return [value.streams, value.mounts].every(
    (list) => Array.isArray(list) && list.every((each) => typeof each === "string"),
  );
}
