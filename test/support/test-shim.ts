import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createConnection, createServer as createSocketServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Test } from "tap";
import { ClientConnection, createClient, createServer, type Client } from "ttrpc-ts/lite";
import { withDeadline } from "../../src/common/deadline.js";
import { Events } from "../../src/host/shim/api/gen/event-forwarding/events_pb.js";
import { OptionsCodec } from "../../src/host/shim/api/gen/runc-options/options_pb.js";
import { Sandbox } from "../../src/host/shim/api/gen/sandbox/sandbox_pb.js";
import type { Any } from "../../src/host/shim/api/gen/well-known/common_pb.js";
import { DeleteResponseCodec, Task, type DeleteResponse } from "../../src/host/shim/api/gen/task-v2/task_pb.js";
import { pack } from "../../src/host/shim/packed.js";
import { identifyProcess, signalProcess } from "../../src/host/state/process-identity.js";
import { collect, type CommandResult, type TestTskata } from "./tskata.js";

const COMMAND = fileURLToPath(new URL("../../bin/containerd-shim-tskata-v2", import.meta.url));
const DEADLINE_MS = 60_000;

/** A process' output, as a reader of its named pipe gets it. */
export interface PipedOutput {
  readonly path: string;
  /** Settles with all of it when its writer is through. */
  readonly text: Promise<string>;
}

/** A shim as containerd has it: it is started for a bundle, called, and tells of events. */
export class TestShim {
  /** Topics of the events that it told of, and the packed messages. */
  readonly events: { readonly topic: string; readonly value: Uint8Array; readonly typeUrl: string }[];
  readonly task: Client<typeof Task>;
  readonly sandbox: Client<typeof Sandbox>;
  readonly #tskata: TestTskata;
  readonly #connection: ClientConnection;
  readonly #eventsPath: string;
  readonly #heard: EventTarget;
  #pipes = 0;

  private constructor(
    tskata: TestTskata,
    events: { readonly path: string; readonly list: TestShim["events"]; readonly heard: EventTarget },
    connection: ClientConnection,
  ) {
    this.#tskata = tskata;
    this.#eventsPath = events.path;
    this.events = events.list;
    this.#heard = events.heard;
    this.#connection = connection;
    this.task = createClient(Task, connection);
    this.sandbox = createClient(Sandbox, connection);
  }

  /**
   * Starts the shim of a bundle. At the end of the test it is ended.
   *
   * @param input what containerd says on standard input
   */
  static async start(
    t: Test,
    tskata: TestTskata,
    id: string,
    bundle: string,
    input: Uint8Array = new Uint8Array(),
  ): Promise<TestShim> {
    const eventsPath = join(tskata.directory, "events.sock");
    const [list, heard]: [TestShim["events"], EventTarget] = [[], new EventTarget()];
    const server = createServer().service(Events, {
      forward: ({ envelope }) => {
        const { topic = "", event } = envelope ?? {};
        list.push({ topic, value: event?.value ?? new Uint8Array(), typeUrl: event?.typeUrl ?? "" });
        heard.dispatchEvent(new Event("event"));
        return {};
      },
    });
    const listener = createSocketServer((socket) => void server.serve(socket)).listen(eventsPath);
    await once(listener, "listening");
    const { status, text, stderr } = await run({ tskata, eventsPath, input }, id, bundle, "start");
    if (status !== 0) throw new Error(`start ${id}: status ${status}: ${stderr}`);
    const socket = createConnection(text.replace(/^unix:\/\//, ""));
    await once(socket, "connect");
    const connection = new ClientConnection(socket);
    const shim = new TestShim(tskata, { path: eventsPath, list, heard }, connection);
    const identity = identifyProcess((await shim.task.connect({ id })).shimPid);
    t.teardown(async () => {
      if (identity !== undefined) signalProcess(identity, "SIGTERM");
      await connection.closed;
      listener.close();
      server.close();
    });
    return shim;
  }

  /** The address that `start` answers for another container. */
  async addressFor(id: string, bundle: string): Promise<string> {
    return (await run(this.#caller, id, bundle, "start")).text;
  }

  /** `delete` on the command line: what containerd calls where the shim is gone. */
  async cleanUp(id: string, bundle: string): Promise<DeleteResponse> {
    const { status, stdout, stderr } = await run(this.#caller, id, bundle, "delete");
    if (status !== 0) throw new Error(`delete ${id}: status ${status}: ${stderr}`);
    return DeleteResponseCodec.decode(stdout);
  }

  /** `Create` of a bundle, with its state in the test's directory. */
  async create(
    id: string,
    bundle: string,
    io: { stdin?: string; stdout?: string; stderr?: string } = {},
    limits: { timeoutMs?: number } = {},
  ): Promise<number> {
    return (await this.task.create({ id, bundle, options: shimOptions(this.#tskata), ...io }, limits)).pid;
  }

  get #caller(): Caller {
    return { tskata: this.#tskata, eventsPath: this.#eventsPath, input: new Uint8Array() };
  }

  /** A named pipe, and what comes out of it. */
  output(): PipedOutput {
    const path = this.pipe();
    const reader = spawn("cat", [path], { stdio: ["ignore", "pipe", "inherit"] });
    return { path, text: collect(reader, `read ${path}`, DEADLINE_MS).then(({ text }) => text) };
  }

  /** A named pipe that nobody reads. */
  pipe(): string {
    this.#pipes += 1;
    const path = join(this.#tskata.directory, `pipe-${this.#pipes}`);
    execFileSync("mkfifo", [path]);
    return path;
  }

  /** Waits until so many events of a topic have come. */
  async hears(topic: string, count = 1): Promise<void> {
    await withDeadline(`${count} times ${topic}`, DEADLINE_MS, async () => {
      while (this.events.filter((event) => event.topic === topic).length < count) await once(this.#heard, "event");
    });
  }

  /** Settles when the connection is closed. */
  get closed(): Promise<unknown> {
    return this.#connection.closed;
  }
}

/** The runtime's options in a test: its state is in the test's directory. */
export function shimOptions({ directory }: TestTskata): Any {
  return pack(OptionsCodec, { root: join(directory, "shim-state") });
}

interface Caller {
  readonly tskata: TestTskata;
  readonly eventsPath: string;
  readonly input: Uint8Array;
}

async function run(
  { tskata: { configPath, marker }, eventsPath, input }: Caller,
  id: string,
  bundle: string,
  action: "start" | "delete",
): Promise<CommandResult> {
  const args = ["-namespace", marker, "-id", id, "-address", "/containerd.sock", "-bundle", bundle, action];
  const env = { ...process.env, TSKATA_CONFIG: configPath, TTRPC_ADDRESS: eventsPath };
  const child = spawn(COMMAND, args, { cwd: bundle, env });
  child.stdin.end(input);
  return collect(child, `shim ${action} ${id}`, DEADLINE_MS);
}
