import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoName, TskataError } from "../../common/error.js";
import { type ContainerRecord, formatRecord, parseRecord } from "./container-record.js";

const RECORD_FILE = "state.json";

/**
 * The containers' records under one `--root`. Calls are synchronous: the files
 * are small, and a command does nothing else meanwhile.
 */
export class StateStore {
  readonly root: string;

  /** @param root absolute path of the state directory, made when first needed */
  constructor(root: string) {
    this.root = root;
  }

  /** The directory of one container. */
  directoryOf(id: string): string {
    return join(this.root, id);
  }

  /**
   * Takes the id and stores the first record.
   *
   * @throws TskataError `already-exists` where the id is in use, `resource` where the disk is full
   */
  add(record: ContainerRecord): void {
    const directory = this.directoryOf(record.id);
    try {
      mkdirSync(this.root, { recursive: true, mode: 0o711 });
      mkdirSync(directory, { mode: 0o700 });
    } catch (cause) {
      if (errnoName(cause) === "EEXIST") {
        throw new TskataError("already-exists", `create ${record.id}: container with given ID already exists`, {
          cause,
        });
      }
      throw storageError(`create ${record.id}: make its state directory ${directory}`, cause);
    }
    try {
      this.write(record);
    } catch (error) {
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** Replaces the record at once: a reader sees the old or the new one, never a part. */
  write(record: ContainerRecord): void {
    const path = join(this.directoryOf(record.id), RECORD_FILE);
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      writeFileSync(temporary, formatRecord(record), { mode: 0o600 });
      renameSync(temporary, path);
    } catch (cause) {
      rmSync(temporary, { force: true });
      throw storageError(`store the state of ${record.id} in ${path}`, cause);
    }
  }

  /** The stored record, or undefined where the id is unknown. */
  find(id: string): ContainerRecord | undefined {
    const path = join(this.directoryOf(id), RECORD_FILE);
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (cause) {
      const errno = errnoName(cause);
      if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
      throw storageError(`read the state of ${id} from ${path}`, cause);
    }
    return parseRecord(text, path);
  }

  /**
   * The stored record.
   *
   * @throws TskataError `not-found`
   */
  read(id: string): ContainerRecord {
    const record = this.find(id);
    if (record === undefined) {
      throw new TskataError("not-found", `container ${id}: container does not exist (looked in ${this.root})`);
    }
    return record;
  }

  /** Every stored id, sorted. */
  ids(): string[] {
    try {
      return readdirSync(this.root, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort();
    } catch (cause) {
      if (errnoName(cause) === "ENOENT") return [];
      throw storageError(`list the containers in ${this.root}`, cause);
    }
  }

  /** Forgets the container; an unknown one is no error. */
  remove(id: string): void {
    rmSync(this.directoryOf(id), { recursive: true, force: true });
  }
}

function storageError(what: string, cause: unknown): TskataError {
  switch (errnoName(cause)) {
    case "ENOSPC":
    case "EDQUOT":
      return new TskataError("resource", `${what}: no space left on device; free some, or choose another --root`, {
        cause,
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new TskataError("permission", `${what}: not allowed; run as root, or choose another --root`, { cause });
    default:
      return new TskataError("internal", `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
  }
}
