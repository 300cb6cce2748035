import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createConnection } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Test } from "tap";
import { ClientConnection, createClient, type Client } from "ttrpc-ts/lite";
import { OptionsCodec } from "../../src/host/shim/api/gen/runc-options/options_pb.js";
import { Sandbox } from "../../src/host/shim/api/gen/sandbox/sandbox_pb.js";
import type { Any } from "../../src/host/shim/api/gen/well-known/common_pb.js";
import { DeleteResponseCodec, Task, type DeleteResponse } from "../../src/host/shim/api/gen/task-v2/task_pb.js";
import { pack } from "../../src/host/shim/packed.js";
import { identifyProcess, signalProcess } from "../../src/host/state/process-identity.js";
import { ForegroundRun } from "./foreground-run.js";
import { processEnd } from "./process-end.js";
import { HeardEvents } from "./heard-events.js";
import { collect, type CommandResult, type TestTskata } from "./tskata.js";

const COMMAND = fileURLToPath(new URL("../../bin/containerd-shim-tskata-v2", import.meta.url));
const DEADLINE_MS = 60_000;

/** A process' output, as a reader of its named pipe gets it. */
export interface PipedOutput {
  readonly path: string;
  /** Settles with all of it when its writer is through. */
  readonly text: Promise<string>;
  /** Waits until it has something that matches. */
  readonly says: (pattern: RegExp) => Promise<void>;
}

/** A shim as containerd has it: it is started for a bundle, called, and tells of events. */
export class TestShim {
  /** What it told of. */
  readonly events: HeardEvents;
  readonly task: Client<typeof Task>;
  readonly sandbox: Client<typeof Sandbox>;
  /** Of the test's containers: where their records are. */
  readonly stateRoot: string;
  readonly #tskata: TestTskata;
  readonly #connection: ClientConnection;

  private constructor(tskata: TestTskata, events: HeardEvents, connection: ClientConnection) {
    this.stateRoot = stateRootOf(tskata);
    this.events = events;
    this.task = createClient(Task, connection);
    this.sandbox = createClient(Sandbox, connection);
    this.#tskata = tskata;
    this.#connection = connection;
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
    const events = new HeardEvents(join(tskata.directory, "events.sock"));
    await events.open();
    t.teardown(() => events.close());
    const { status, text, stderr } = await run({ tskata, eventsPath: events.path, input }, id, bundle, "start");
    if (status !== 0) throw new Error(`start ${id}: status ${status}: ${stderr}`);
    const socket = createConnection(text.replace(/^unix:\/\//, ""));
    await once(socket, "connect");
    const connection = new ClientConnection(socket);
    const shim = new TestShim(tskata, events, connection);
    const identity = identifyProcess((await shim.task.connect({ id })).shimPid);
    t.teardown(async () => {
      if (identity === undefined) return;
      signalProcess(identity, "SIGTERM");
      // Up to its end it tells of events.
      await processEnd(identity.pid);
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
    request: { stdin?: string; stdout?: string; stderr?: string; terminal?: boolean; checkpoint?: string } = {},
    limits: { timeoutMs?: number } = {},
  ): Promise<number> {
    const options = shimOptions(this.#tskata);
    return (await this.task.create({ id, bundle, options, ...request }, limits)).pid;
  }

  get #caller(): Caller {
    return { tskata: this.#tskata, eventsPath: this.events.path, input: new Uint8Array() };
  }

  /** A named pipe, and what comes out of it. */
  output(): PipedOutput {
    return this.read(this.pipe());
  }

  /** Opens a named pipe for reading, and reads what comes up to its end. */
  read(path: string): PipedOutput {
    const spawnReader = (args: readonly string[]): ChildProcess =>
      spawn("cat", args, { stdio: ["ignore", "pipe", "inherit"] });
    const reader = new ForegroundRun({ spawn: spawnReader }, [path]);
    return { path, text: reader.ended.then(({ text }) => text), says: (pattern) => reader.says(pattern) };
  }

  /** A named pipe that nobody reads. */
  pipe(): string {
    const path = join(this.#tskata.directory, `pipe-${this.#tskata.newId()}`);
    execFileSync("mkfifo", [path]);
    return path;
  }

  /** Settles when the connection is closed. */
  get closed(): Promise<unknown> {
    return this.#connection.closed;
  }
}

/** The runtime's options in a test: its state is in the test's directory. */
export function shimOptions(tskata: TestTskata): Any {
  return pack(OptionsCodec, { root: stateRootOf(tskata) });
}

function stateRootOf({ directory }: TestTskata): string {
  return join(directory, "shim-state");
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
