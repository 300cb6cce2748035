import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoName } from "../../common/error.js";
import type { ProcessIdentity } from "./process-identity.js";

/** Added to the path of the run directories. */
const POOL_SUFFIX = "-pool";
const MEMBER_SUFFIX = ".json";

/** A VM that waits for a container, in a file of its own. */
export interface PoolMember {
  readonly version: 1;
  readonly sandboxId: string;
  readonly runDirectory: string;
  /** What it was made for, as text: it is for whoever asks for just that. */
  readonly settings: string;
  /** What it was cloned from (`whyStale`). */
  readonly inputs: Readonly<Record<string, string>>;
  readonly supervisor: ProcessIdentity;
}

/** The directory of the VMs that wait for containers, beside the run directories. */
export class PoolDirectory {
  readonly path: string;

  /** @param runDir `paths.run_dir` */
  constructor(runDir: string) {
    this.path = `${runDir}${POOL_SUFFIX}`;
  }

  /** Whoever keeps the pool holds it (flock(2)). */
  get lockPath(): string {
    return join(this.path, "lock");
  }

  /** Where whoever keeps the pool answers. */
  get socketPath(): string {
    return join(this.path, "pool.sock");
  }

  /** The file of a member. */
  memberPath(sandboxId: string): string {
    return join(this.path, `${sandboxId}${MEMBER_SUFFIX}`);
  }

  /** Makes the directory. */
  prepare(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
  }

  /** Offers a member: from now on it may be claimed. */
  add(member: PoolMember): void {
    const path = this.memberPath(member.sandboxId);
    writeFileSync(`${path}.tmp`, `${JSON.stringify(member)}\n`, { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  }

  /** Those that wait, by name; none where nobody keeps a pool. */
  members(): PoolMember[] {
    return this.#names().flatMap((name) => (name.endsWith(MEMBER_SUFFIX) ? (this.#read(name) ?? []) : []));
  }

  /**
   * Takes a member: nobody else gets it.
   *
   * @returns false where somebody else was faster
   */
  claim({ sandboxId }: Pick<PoolMember, "sandboxId">): boolean {
    try {
      unlinkSync(this.memberPath(sandboxId));
      return true;
    } catch (error) {
      if (errnoName(error) === "ENOENT") return false;
      throw error;
    }
  }

  /** Removes the files of members that nobody keeps any more. */
  clear(): void {
    for (const name of this.#names()) {
      if (name.endsWith(MEMBER_SUFFIX) || name.endsWith(".tmp")) rmSync(join(this.path, name), { force: true });
    }
  }

  #names(): string[] {
    try {
      return readdirSync(this.path).sort();
    } catch (error) {
      if (errnoName(error) === "ENOENT") return [];
      throw error;
    }
  }

  #read(name: string): PoolMember | undefined {
    try {
      const member = JSON.parse(readFileSync(join(this.path, name), "utf8")) as PoolMember;
      return member.version === 1 ? member : undefined;
    } catch (error) {
      // Somebody claimed it a moment ago.
      if (errnoName(error) === "ENOENT") return undefined;
      throw error;
    }
  }
}
