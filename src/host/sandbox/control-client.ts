import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { errnoName, TskataError } from "../../common/error.js";
import { withDeadline } from "../../common/deadline.js";
import type { ControlMethod, ControlMethods, ControlResponse } from "./control-protocol.js";
import { readJsonLines, writeJsonLine } from "./json-lines.js";
import { fromWireError } from "./wire-error.js";

/** One command's connection to a sandbox's supervisor. */
export class ControlClient {
  readonly #socket: Socket;
  readonly #pending = new Map<number, (response: ControlResponse | undefined) => void>();
  #nextId = 1;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // One that ends while something is written to it breaks after the last line was read.
    socket.on("error", () => socket.destroy());
    void this.#read();
  }

  /**
   * @param path the supervisor's control socket
   * @throws TskataError `unavailable` where nobody listens there
   */
  static async connect(path: string): Promise<ControlClient> {
    const socket = createConnection(path);
    try {
      await once(socket, "connect");
    } catch (cause) {
      const reason = errnoName(cause) ?? "it failed";
      throw new TskataError("unavailable", `connect to the container's supervisor at ${path}: ${reason}`, { cause });
    }
    return new ControlClient(socket);
  }

  /**
   * Calls a method.
   *
   * @param timeoutMs the supervisor bounds its own work: this only catches one that hangs
   * @throws the supervisor's error, or TskataError `unavailable` where it went away, or `deadline`
   */
  async call<M extends ControlMethod>(
    method: M,
    params: ControlMethods[M]["params"],
    timeoutMs: number,
  ): Promise<ControlMethods[M]["result"]> {
    const id = this.#nextId++;
    const response = await withDeadline(`ask the supervisor to ${method}`, timeoutMs, async () => {
      const answered = new Promise<ControlResponse | undefined>((resolve) => this.#pending.set(id, resolve));
      if (this.#socket.destroyed) throw goneError(method);
      await writeJsonLine(this.#socket, { id, method, params }).catch((cause: unknown) => {
        throw goneError(method, cause);
      });
      return answered;
    });
    if (response === undefined) throw goneError(method);
    if ("error" in response) throw fromWireError(response.error);
    return response.result as ControlMethods[M]["result"];
  }

  /** Settles when the supervisor closed the connection, as it does when it ends. */
  async closed(): Promise<void> {
    if (!this.#socket.closed) await once(this.#socket, "close");
  }

  /** Hangs up. */
  close(): void {
    this.#socket.destroy();
  }

  async #read(): Promise<void> {
    try {
      for await (const line of readJsonLines(this.#socket)) {
        const response = line as ControlResponse;
        this.#pending.get(response.id)?.(response);
        this.#pending.delete(response.id);
      }
    } catch {
      // A reset is what a killed supervisor looks like; every call below says so.
    } finally {
      this.#socket.destroy();
      for (const settle of this.#pending.values()) settle(undefined);
      this.#pending.clear();
    }
  }
}

function goneError(method: string, cause?: unknown): TskataError {
  return new TskataError("unavailable", `${method}: the container's supervisor went away`, { cause });
}
