import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Writable } from "node:stream";
import { withDeadline } from "../../src/common/deadline.js";

const PROGRAM = fileURLToPath(new URL("terminal.py", import.meta.url));
const DEFAULT_DEADLINE_MS = 30_000;

/** A terminal of a test's own, with a program of ours on its master's side. */
export class TestTerminal {
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  #output = "";
  #messages = "";
  #heard: () => void = () => undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
      this.#heard();
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#messages += text;
      this.#heard();
    });
    child.stdin?.on("error", () => undefined);
    this.#exited = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status) => resolve(status));
    });
  }

  /** Runs a command on a new terminal. */
  static run(
    command: readonly string[],
    { columns = 80, rows = 24, env = {} }: { columns?: number; rows?: number; env?: Record<string, string> } = {},
  ): TestTerminal {
    return new TestTerminal(start(["run", String(columns), String(rows), ...command], env));
  }

  /** Listens for a terminal on a socket, as the caller of `--console-socket` does; settles when it listens. */
  static async receive(socketPath: string): Promise<TestTerminal> {
    const terminal = new TestTerminal(start(["receive", socketPath], {}));
    await terminal.#until("listening", () => terminal.#messages.includes("listening"), DEFAULT_DEADLINE_MS);
    return terminal;
  }

  /** What the terminal has shown so far, with its line ends (`\r\n`). */
  get output(): string {
    return this.#output;
  }

  /** What was said beside the terminal: the text that came with a received one. */
  get messages(): string {
    return this.#messages;
  }

  /** Types. */
  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Changes the window's size. */
  resize(columns: number, rows: number): void {
    (this.#child.stdio[3] as Writable).write(`winsize ${columns} ${rows}\n`);
  }

  /** Waits until the terminal has shown something that matches. */
  async shows(pattern: RegExp, deadlineMs = DEFAULT_DEADLINE_MS): Promise<void> {
    await this.#until(String(pattern), () => pattern.test(this.#output), deadlineMs);
  }

  /** Waits for the end of the command, or of the received terminal; gives the status. */
  async ended(deadlineMs = DEFAULT_DEADLINE_MS): Promise<number | null> {
    return withDeadline("the end of the terminal", deadlineMs, () => this.#exited);
  }

  /** Kills what runs on it by closing it. */
  async close(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  async #until(what: string, isSo: () => boolean, deadlineMs: number): Promise<void> {
    const shown = (): string => `${JSON.stringify(this.#output)} ${this.#messages}`;
    const happened = new Promise<void>((resolve, reject) => {
      this.#heard = () => isSo() && resolve();
      this.#heard();
      void this.#exited.then((status) => {
        if (isSo()) resolve();
        else reject(new Error(`the terminal ended with status ${status} before ${what}; shown: ${shown()}`));
      }, reject);
    });
    try {
      await withDeadline(`${what} on the terminal`, deadlineMs, () => happened);
    } catch (error) {
      throw new Error(`waiting for ${what}; shown: ${shown()}`, { cause: error });
    } finally {
      this.#heard = () => undefined;
    }
  }
}

function start(args: readonly string[], env: Record<string, string>): ChildProcess {
  return spawn("python3", [PROGRAM, ...args], {
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
}
