import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CleanupStack } from "../../common/cleanup-stack.js";
import { withDeadline } from "../../common/deadline.js";
import { type ErrorCode, errnoName, messageOf, TskataError } from "../../common/error.js";
import { toBigInt } from "../../oci/integer.js";
import type { LinuxResources } from "../../oci/linux-resources.js";
import { errnoText } from "../kernel/errno-text.js";
import { parseFlatKeyed, waitForEvent, waitForOomKill } from "./cgroup-events.js";
import { guestFacts } from "./guest-facts.js";
import { isGone } from "./is-gone.js";
import { valueBefore } from "./value-before.js";
import { resourceWrites } from "../../oci/cgroup-v2/resource-writes.js";
import type { CgroupWrite } from "../../oci/cgroup-v2/resource-writes.js";

/** The longest that freezing, thawing or the end of killed processes may take, in milliseconds. */
const SETTLE_TIMEOUT_MS = 10_000;
/** Of a value, in an error's text. */
const MAX_SHOWN = 60;
const EXISTING = { flag: "r+" };
/** What it means that the kernel doesn't take a value; most often the value is at fault. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  EBUSY: "resource",
  ENOENT: "unsupported",
  ENOMEM: "resource",
  ENOTSUP: "unsupported",
};

/**
 * The cgroup v2 directory of one container (cgroups(7), cgroup-v2.rst).
 *
 * What every container and every process takes is done at once: the files are the kernel's
 * memory, and a turn through one of Node's threads takes 2 ms under TCG. What may wait (limits
 * below what is in use make the kernel reclaim memory) or is rare goes through them.
 */
export class Cgroup {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /**
   * Makes the cgroup.
   *
   * @param root the mounted tree, which must hand its controllers on
   * @param name a directory name
   * @throws TskataError `already-exists`
   */
  static create(root: string, name: string): Cgroup {
    const directory = join(root, name);
    try {
      mkdirSync(directory);
    } catch (cause) {
      if (errnoName(cause) !== "EEXIST") throw cause;
      throw new TskataError("already-exists", `cgroup ${name} exists already`, { cause });
    }
    return new Cgroup(directory);
  }

  /**
   * Writes the limits of a new cgroup. A value that the kernel refuses leaves those before it written.
   *
   * @param sysfs where sysfs is mounted, default /sys
   * @throws TskataError naming the file, the value and the kernel's reason
   */
  apply(resources: LinuxResources, sysfs?: string): void {
    for (const write of this.#writes(resources, sysfs)) this.#writeNow(write);
  }

  /** As `apply`, for a cgroup in use: a value that the kernel refuses leaves all limits as they were. */
  async change(resources: LinuxResources, sysfs?: string): Promise<void> {
    await this.#checkUsage(resources);
    const undo = new CleanupStack();
    try {
      for (const write of this.#writes(resources, sysfs)) {
        const before = await valueBefore(this.directory, write);
        await this.#write(write);
        if (before !== undefined) undo.defer(`set ${before.file} back`, () => this.#write(before));
      }
    } catch (error) {
      // What can't be set back is no reason to say less of what was wrong.
      await undo.run();
      throw error;
    }
  }

  /** Stops all processes and answers when they have stopped. */
  async freeze(): Promise<void> {
    await this.#setFrozen(1n);
  }

  /** Lets stopped processes go on. */
  async thaw(): Promise<void> {
    await this.#setFrozen(0n);
  }

  /** Kills every process, frozen or not, those of sub-cgroups too; answers when none is left. */
  async kill(): Promise<void> {
    try {
      writeFileSync(join(this.directory, "cgroup.kill"), "1");
    } catch (error) {
      if (isGone(error)) return;
      throw error;
    }
    await withDeadline(`end of the processes in ${basename(this.directory)}`, SETTLE_TIMEOUT_MS, (signal) =>
      waitForEvent(this.directory, "populated", 0n, signal),
    );
  }

  /** Removes the cgroup and those that the container made in it. It must have no processes. */
  async remove(): Promise<void> {
    await removeTree(this.directory);
  }

  /** Ids of all processes in the agent's pid namespace, those of sub-cgroups too. */
  async processes(): Promise<number[]> {
    return processesBelow(this.directory);
  }

  /** How many processes the kernel killed here because memory ran out. */
  oomKills(): number {
    try {
      const events = parseFlatKeyed(readFileSync(join(this.directory, "memory.events"), "utf8"));
      return Number(events.get("oom_kill") ?? 0n);
    } catch (error) {
      if (isGone(error)) return 0;
      throw error;
    }
  }

  /** Settles when more processes than these were killed so; the signal ends the waiting. */
  async untilOomKills(seen: number, signal: AbortSignal): Promise<void> {
    await waitForOomKill(this.directory, seen, signal);
  }

  /**
   * Where one more process goes: here, or once the container hands controllers
   * on, when the kernel wants processes in its sub-cgroups only, beside init.
   *
   * @param proc where procfs is mounted, default /proc
   */
  birthplace(initPid: number, proc = "/proc"): string {
    if (!this.#handsOn()) return this.directory;
    const [, path] = /^0::(.*)$/m.exec(readFileSync(`${proc}/${initPid}/cgroup`, "utf8")) ?? [];
    return path === undefined ? this.directory : join(dirname(this.directory), path);
  }

  #handsOn(): boolean {
    try {
      return readFileSync(join(this.directory, "cgroup.subtree_control"), "utf8").trim() !== "";
    } catch (error) {
      // A cgroup that is gone takes nobody, and says so itself.
      if (errnoName(error) === "ENOENT") return false;
      throw error;
    }
  }

  #writes(resources: LinuxResources, sysfs: string | undefined): CgroupWrite[] {
    const facts = guestFacts(this.directory, sysfs);
    return resourceWrites(resources, facts).filter(({ file, value }) => {
      const needless = file === "memory.swap.max" && (value === "0" || value === "max");
      // A kernel without swap has no file for it, and nothing to limit.
      return !needless || facts.files.has(file);
    });
  }

  async #setFrozen(value: 0n | 1n): Promise<void> {
    await this.#write({ file: "cgroup.freeze", value: value.toString() });
    const what = `${value === 1n ? "freezing" : "thawing"} of ${basename(this.directory)}`;
    await withDeadline(what, SETTLE_TIMEOUT_MS, (signal) => waitForEvent(this.directory, "frozen", value, signal));
  }

  async #checkUsage({ memory }: LinuxResources): Promise<void> {
    if (memory?.checkBeforeUpdate !== true || memory.limit === undefined || toBigInt(memory.limit) <= 0n) return;
    const usage = BigInt((await readFile(join(this.directory, "memory.current"), "utf8")).trim());
    if (usage <= toBigInt(memory.limit)) return;
    const message = `rejecting memory limit ${memory.limit}: usage is already ${usage}`;
    throw new TskataError("failed-precondition", message);
  }

  async #write({ file, value }: CgroupWrite): Promise<void> {
    try {
      await writeFile(join(this.directory, file), written(value), EXISTING);
    } catch (cause) {
      throw refusal(file, value, cause);
    }
  }

  #writeNow({ file, value }: CgroupWrite): void {
    try {
      writeFileSync(join(this.directory, file), written(value), EXISTING);
    } catch (cause) {
      throw refusal(file, value, cause);
    }
  }
}

/** Node leaves a write(2) of nothing out. */
function written(value: string): string {
  return value === "" ? "\n" : value;
}

function refusal(file: string, value: string, cause: unknown): TskataError {
  const errno = errnoName(cause);
  const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}... (${value.length} characters)` : value;
  const reason = errno === undefined ? messageOf(cause) : errnoText(errno);
  const hint = errno === "ENOENT" ? "; the guest's kernel has no such control" : "";
  const code = CODES[errno ?? ""] ?? "invalid-argument";
  return new TskataError(code, `can't set ${file} to ${shown}: ${reason}${hint}`, { cause });
}

async function subdirectories(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
}

async function removeTree(directory: string): Promise<void> {
  try {
    for (const child of await subdirectories(directory)) await removeTree(child);
    await rmdir(directory);
  } catch (error) {
    if (errnoName(error) !== "ENOENT") throw error;
  }
}

async function processesBelow(directory: string): Promise<number[]> {
  try {
    const text = await readFile(join(directory, "cgroup.procs"), "utf8");
    const own = text
      .split("\n")
      .filter((line) => line !== "")
      .map(Number);
    const below = await Promise.all((await subdirectories(directory)).map(processesBelow));
    return [...own, ...below.flat()].sort((a, b) => a - b);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}
