import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";
import { withDeadline } from "../../src/common/deadline.js";
import { collect, type CommandResult, type TestTskata } from "./tskata.js";

const SOURCE = join(repositoryRoot(import.meta.url), "test/integration/fixtures/newborn.c");
const FLAGS = ["-static", "-no-pie", "-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wl,-e,newborn"];
const DEADLINE_MS = 60_000;
/** How well a container's clock can be told from outside, in milliseconds; and how often that is tried. */
const NARROW_MS = 6;
const MOST_QUESTIONS = 200;

/** By how much a clock is ahead, in milliseconds: not less than `from`, and not more than `to`. */
export interface ClockError {
  readonly from: number;
  readonly to: number;
}

/** Compiles newborn.c. */
export function buildNewborn(path: string): void {
  execFileSync("gcc", [...FLAGS, "-o", path, SOURCE]);
}

/** The program newborn.c as a container's process: what it was given at random, and what its clock shows. */
export class Newborn {
  /** By their names in newborn.c. */
  readonly facts: ReadonlyMap<string, string>;
  readonly #lines: Interface;
  readonly #ask: () => void;
  readonly #end: () => Promise<CommandResult>;

  private constructor(
    facts: ReadonlyMap<string, string>,
    lines: Interface,
    ask: () => void,
    end: () => Promise<CommandResult>,
  ) {
    this.facts = facts;
    this.#lines = lines;
    this.#ask = ask;
    this.#end = end;
  }

  /** Starts it by a command of tskata, such as `run`, and hears what it was given. */
  static async start(tskata: TestTskata, args: readonly string[]): Promise<Newborn> {
    const child = tskata.spawn(args);
    const ended = collect(child, `tskata ${args.join(" ")}`, DEADLINE_MS);
    const { stdin, stdout } = child;
    if (stdin === null || stdout === null) throw new Error("the command has no pipes");
    stdin.on("error", () => undefined);
    const lines = createInterface(stdout);
    const facts = new Map<string, string>();
    const told = new Promise<void>((resolve) => {
      const hear = (line: string): void => {
        const [name = "", value = ""] = line.split(" ");
        if (name !== "ready") facts.set(name, value);
        else {
          lines.off("line", hear);
          resolve();
        }
      };
      lines.on("line", hear);
    });
    const early = ended.then(({ status, stderr }) => {
      throw new Error(`tskata ${args.join(" ")}: ended early with ${status}: ${stderr}`);
    });
    await Promise.race([told, early]);
    early.catch(() => undefined);
    const end = (): Promise<CommandResult> => {
      stdin.end();
      return ended;
    };
    return new Newborn(facts, lines, () => void stdin.write("."), end);
  }

  /** What it was given of that name. */
  fact(name: string): string {
    const value = this.facts.get(name);
    if (value === undefined || value === "") throw new Error(`newborn.c said nothing of ${name}`);
    return value;
  }

  /** Compares its clock with the host's until the bounds are 6 ms apart, or as near as 200 questions bring them. */
  async clockError(): Promise<ClockError> {
    let [from, to] = [-Infinity, Infinity];
    for (let asked = 0; asked < MOST_QUESTIONS && to - from > NARROW_MS; asked += 1) {
      const sentMs = Date.now();
      const answer = withDeadline("the container's clock", DEADLINE_MS, (signal) =>
        once(this.#lines, "line", { signal }),
      );
      this.#ask();
      const [line] = (await answer) as [string];
      const shownMs = Number(line.split(" ")[1]) * 1000;
      from = Math.max(from, shownMs - (Date.now() + 1));
      to = Math.min(to, shownMs - sentMs);
    }
    return { from, to };
  }

  /** Ends it, and the command. */
  end(): Promise<CommandResult> {
    return this.#end();
  }
}
