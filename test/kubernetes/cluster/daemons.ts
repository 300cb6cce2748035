import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";

/**
 * Programs that run until this process's pid namespace ends; each has a log of its own. One that is told to end (SIGTERM)
 * is started anew, as systemd does it.
 */
export class Daemons {
  readonly #logs: string;
  readonly #fail: (reason: Error) => void;
  /** Rejects when one of them ends by itself. */
  readonly ended: Promise<never>;

  /** @param logs directory of the logs, `NAME.log` each */
  constructor(logs: string) {
    this.#logs = logs;
    let fail: (reason: Error) => void = () => undefined;
    this.ended = new Promise<never>((_resolve, reject) => (fail = reject));
    // it may end before somebody asks
    this.ended.catch(() => undefined);
    this.#fail = fail;
  }

  /** Starts one; its name is the first word. */
  start(command: readonly string[]): void {
    const [name = "", ...args] = command;
    const path = join(this.#logs, `${name}.log`);
    const log = openSync(path, "a");
    const child = spawn(name, args, { stdio: ["ignore", log, log] });
    closeSync(log);
    once(child, "exit").then(
      ([status, signal]) => {
        if (status === 0 || signal === "SIGTERM") this.start(command);
        else this.#fail(new Error(`${name} ended with status ${status}: see ${path}`));
      },
      (error: Error) => this.#fail(error),
    );
  }
}
