import type { ChildProcess } from "node:child_process";
import { withDeadline } from "../../src/common/deadline.js";
import { collect, type CommandResult, type TestTskata } from "./tskata.js";

const DEADLINE_MS = 60_000;

/** A command of tskata in the foreground, such as `run` or `exec`, with which a test talks through pipes. */
export class ForegroundRun {
  readonly child: ChildProcess;
  /** Settles when it has ended. */
  readonly ended: Promise<CommandResult>;
  #output = "";
  #heard: () => void = () => undefined;

  /** Starts the command. */
  constructor(tskata: TestTskata, args: readonly string[]) {
    this.child = tskata.spawn(args);
    this.child.stdin?.on("error", () => undefined);
    this.child.stdout?.on("data", (chunk: Buffer) => {
      this.#output += chunk.toString("latin1");
      this.#heard();
    });
    this.ended = collect(this.child, `tskata ${args.join(" ")}`, DEADLINE_MS);
    // whoever waits for it gets the failure; one that nobody waits for ends with its test
    this.ended.catch(() => undefined);
  }

  /** Waits until the standard output has something that matches. */
  async says(pattern: RegExp): Promise<void> {
    const said = new Promise<void>((resolve, reject) => {
      this.#heard = () => pattern.test(this.#output) && resolve();
      this.#heard();
      this.ended.then(
        ({ status, stderr }) => {
          if (pattern.test(this.#output)) resolve();
          else reject(new Error(`ended with status ${status} before ${pattern}: ${this.#output} ${stderr}`));
        },
        (cause: unknown) => {
          reject(new Error(`did not say ${pattern} but ${JSON.stringify(this.#output)}`, { cause }));
        },
      );
    });
    await withDeadline(`${pattern} on standard output`, DEADLINE_MS, () => said);
  }

  /** Writes to its standard input. */
  type(text: string): void {
    this.child.stdin?.write(text);
  }
}
