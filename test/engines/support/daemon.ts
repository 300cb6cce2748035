import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { withDeadline } from "../../../src/common/deadline.js";
import { appears } from "../../support/appears.js";
import type { EngineWorld } from "./engine-world.js";

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 30_000;

/** What a daemon is started with. */
export interface DaemonOptions {
  readonly command: readonly string[];
  /** The socket that it serves once it is up. */
  readonly socket: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A daemon of an engine in its world; its output is in a file there. */
export class Daemon {
  readonly #world: EngineWorld;
  readonly #options: DaemonOptions;
  readonly #log: string;
  #process: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();

  constructor(world: EngineWorld, options: DaemonOptions) {
    this.#world = world;
    this.#options = options;
    this.#log = join(world.directory, `${basename(options.command[0] ?? "")}.log`);
  }

  /** Settles when it serves its socket. */
  async start(): Promise<void> {
    const { command, socket, env } = this.#options;
    // one that was killed has left its own
    rmSync(socket, { force: true });
    const log = openSync(this.#log, "a");
    const child = this.#world.spawn(command, env, ["ignore", log, log]);
    closeSync(log);
    this.#process = child;
    this.#exited = once(child, "exit");
    const ended = this.#exited.then(() => {
      throw new Error(`${command.join(" ")} ended:\n${this.log()}`);
    });
    ended.catch(() => undefined);
    await withDeadline(`the start of ${command[0]}`, START_TIMEOUT_MS, (signal) =>
      Promise.race([appears(dirname(socket), basename(socket), signal), ended]),
    );
  }

  /** Ends it, with SIGTERM unless told otherwise, and waits for its end. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    child.kill(signal);
    await withDeadline(`the end of ${this.#options.command[0]}`, STOP_TIMEOUT_MS, () => this.#exited);
  }

  /** What it has said. */
  log(): string {
    return existsSync(this.#log) ? readFileSync(this.#log, "utf8") : "";
  }
}
