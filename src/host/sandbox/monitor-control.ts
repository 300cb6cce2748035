import { once } from "node:events";
import type { Duplex } from "node:stream";
import { createInterface } from "node:readline";

/** Most messages kept until the process exists. */
const MAX_HELD = 64;

/** Characters of a complaint that are kept. */
const MAX_COMPLAINT = 300;

/** What a monitor tells us. */
export type MonitorMessage =
  | { readonly kind: "signal"; readonly signal: number }
  | { readonly kind: "winsize"; readonly columns: number; readonly rows: number }
  /** Its network namespace has changed. */
  | { readonly kind: "network" }
  /** It couldn't show the container's files to those who enter its mount namespace. */
  | { readonly kind: "complaint"; readonly reason: string };

/** The control connection of one monitor. */
export class MonitorControl {
  readonly #socket: Duplex;
  #finished = false;
  #held: MonitorMessage[] | undefined = [];
  readonly #onMessage: (message: MonitorMessage) => void;
  /** Settles when the monitor hung up: true where it did so before it was told the exit. */
  readonly gone: Promise<boolean>;

  /**
   * @param socket the claimed control connection
   * @param onMessage gets each message in order, those before `begin` then
   */
  constructor(socket: Duplex, onMessage: (message: MonitorMessage) => void) {
    this.#socket = socket;
    this.#onMessage = onMessage;
    const lines = createInterface({ input: socket, crlfDelay: 0 });
    lines.on("line", (line) => {
      const message = parseMessage(line);
      if (message !== undefined) this.#take(message);
    });
    this.gone = once(lines, "close").then(() => !this.#finished);
  }

  /** The window size that came last before `begin`, where one has come. */
  get initialSize(): { readonly columns: number; readonly rows: number } | undefined {
    return this.#held?.findLast((message) => message.kind === "winsize");
  }

  /** The process exists: what came for it meanwhile, and what comes, is passed on. */
  begin(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (this.#socket.writable) this.#socket.write("begin\n");
    for (const message of held) this.#onMessage(message);
  }

  /** Tells the monitor to leave with this status once the output is through. */
  exit(status: number): void {
    this.#finish(`exit ${status}\n`);
  }

  /** Tells the monitor that its process never came to be. */
  failed(): void {
    this.#finish("failed\n");
  }

  #take(message: MonitorMessage): void {
    if (this.#held === undefined) this.#onMessage(message);
    // One says as much as many.
    else if (message.kind === "network" && this.#held.some(({ kind }) => kind === "network")) return;
    else if (this.#held.length < MAX_HELD) this.#held.push(message);
  }

  #finish(line: string): void {
    if (this.#finished) return;
    this.#finished = true;
    if (this.#socket.writable) this.#socket.end(line);
  }
}

function parseMessage(line: string): MonitorMessage | undefined {
  const [word, first, second] = line.split(" ");
  if (word === "complaint") return { kind: "complaint", reason: line.slice(0, MAX_COMPLAINT).slice(word.length + 1) };
  const a = Number(first);
  const b = Number(second);
  if (word === "signal" && Number.isInteger(a) && a > 0 && a <= 64) return { kind: "signal", signal: a };
  if (word === "winsize" && isExtent(a) && isExtent(b)) return { kind: "winsize", columns: a, rows: b };
  if (line === "network") return { kind: "network" };
  return undefined;
}

function isExtent(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff;
}
