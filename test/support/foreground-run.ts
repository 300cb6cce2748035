import type { ChildProcess } from "node:child_process";
import { withDeadline } from "../../src/common/deadline.js";
import { PATIENCE } from "./patience.js";
import { collect, type CommandResult } from "./tskata.js";

const DEADLINE_MS = 60_000 * PATIENCE;

/** Who starts commands with pipes. */
export interface CommandStarter {
  spawn(args: readonly string[]): ChildProcess;
}

/** A command in the foreground, such as `tskata run` or `docker logs`, with which a test talks through pipes. */
export class ForegroundRun {
  readonly child: ChildProcess;
  /** Settles when it has ended. */
  readonly ended: Promise<CommandResult>;
  #output = "";
  #heard: () => void = () => undefined;

  /** Starts the command. */
  constructor(starter: CommandStarter, args: readonly string[]) {
    this.child = starter.spawn(args);
    this.child.stdin?.on("error", () => undefined);
    this.child.stdout?.on("data", (chunk: Buffer) => {
      this.#output += chunk.toString("latin1");
      this.#heard();
    });
    this.ended = collect(this.child, args.join(" "), DEADLINE_MS);
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
