import type { Socket } from "node:net";
import type { Duplex, PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import t, { type Test } from "tap";
import { execProcess } from "../../../src/agent/operations/exec-process.js";
import { attachStream } from "../../../src/agent/server/attach-stream.js";
import { StreamHeader_Kind } from "../../../src/protocol/gen/agent_pb.js";
import { openStream } from "../../../src/protocol/stream-header.js";
import { socketPair } from "../../protocol/fixtures/socket-pair.js";
import { link } from "../../protocol/fixtures/link.js";
import type { StandInProcess } from "../fixtures/stand-in-process.js";
import { createStandIn, json, standInSandbox, type StandInSandbox } from "../fixtures/stand-in-sandbox.js";

const EXEC = { containerId: "c1", execId: "e1", processJson: json({ cwd: "/", args: ["true"] }) };
const INIT = { containerId: "c1", execId: "" };

/** A sandbox with a container whose streams a host can open. */
async function served(t: Test): Promise<{
  made: StandInSandbox;
  init: StandInProcess;
  logged: string[];
  open: (kind: StreamHeader_Kind, process?: { containerId: string; execId: string }) => Promise<NodeJS.ReadWriteStream>;
  /** A preserved descriptor of the process e1. */
  openFd: (fd: number) => Promise<Duplex>;
}> {
  const made = standInSandbox(t);
  const init = await createStandIn(made);
  const { dialer, listener, close } = await link();
  t.teardown(close);
  const logged: string[] = [];
  listener.onStream(1, (stream) => {
    const arrival = attachStream(made.sandbox, stream, false, (line) => logged.push(line));
    made.sandbox.arriving.add(arrival);
  });
  return {
    made,
    init,
    logged,
    open: async (kind, process = INIT) => openStream(await dialer.dial(1), { kind, process }),
    openFd: async (fd) => {
      const { containerId, execId } = EXEC;
      const header = { kind: StreamHeader_Kind.PRESERVED_FD, process: { containerId, execId }, fd };
      return openStream(await dialer.dial(1), header);
    },
  };
}

/** Waits for a stream's end by an error. */
async function broken(stream: NodeJS.ReadWriteStream): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.once("error", () => resolve());
  });
}

t.test("attachStream() joins each stream of a process", async (t) => {
  const { made, init, open } = await served(t);
  if (init.stdio.kind !== "pipes") throw new Error("the stand-in has pipes");
  const input = await open(StreamHeader_Kind.STDIN);
  const output = await open(StreamHeader_Kind.STDOUT);
  const errors = await open(StreamHeader_Kind.STDERR);
  input.end("to the process");
  t.equal(await text(init.stdio.stdin as PassThrough), "to the process");
  await made.carrier.finish("stdout of 1100", "from it");
  await made.carrier.finish("stderr of 1100", "and its errors");
  t.same(await Promise.all([text(output), text(errors)]), ["from it", "and its errors"]);
});

t.test("attachStream() tells the processes of a container apart", async (t) => {
  const { made, open } = await served(t);
  await execProcess(made.sandbox, { containerId: "c1", execId: "e1", processJson: json({ cwd: "/", args: ["true"] }) });
  const output = await open(StreamHeader_Kind.STDOUT, { containerId: "c1", execId: "e1" });
  await made.carrier.finish("stdout of 1101", "of the exec");
  t.equal(await text(output), "of the exec");
});

t.test("attachStream() ends a stream that it can't join, and says why", async (t) => {
  const { open, logged } = await served(t);
  const cases: [StreamHeader_Kind, { containerId: string; execId: string } | undefined, RegExp][] = [
    [StreamHeader_Kind.TERMINAL, INIT, /the process has no terminal/],
    [StreamHeader_Kind.CONSOLE, undefined, /booted without a debug console/],
    [StreamHeader_Kind.UNSPECIFIED, INIT, /names no stream of a process/],
  ];
  for (const [kind, process, reason] of cases) {
    const stream = await open(kind, process);
    await broken(stream);
    t.match(logged.at(-1), reason);
  }
});

t.test("attachStream() has a stream wait for its process, in the order in which they came", async (t) => {
  const { made, open, logged } = await served(t);
  const exec = { containerId: "c1", execId: "e1" };
  const output = await open(StreamHeader_Kind.STDOUT, exec);
  const again = await open(StreamHeader_Kind.STDOUT, exec);
  await Promise.all(made.sandbox.arriving);
  await execProcess(made.sandbox, EXEC);
  await broken(again);
  t.same(logged, ["stdout is attached already"]);
  await made.carrier.finish("stdout of 1101", "of the exec");
  t.equal(await text(output), "of the exec");
});

t.test("a stream that was broken off before there was its process is forgotten", async (t) => {
  const { made, open, logged } = await served(t);
  const output = (await open(StreamHeader_Kind.STDOUT, { containerId: "c1", execId: "e1" })) as Duplex;
  await Promise.all(made.sandbox.arriving);
  output.destroy();
  // Behind it on the same connection.
  await open(StreamHeader_Kind.STDERR);
  await Promise.all(made.sandbox.arriving);
  await execProcess(made.sandbox, EXEC);
  const second = await open(StreamHeader_Kind.STDOUT, { containerId: "c1", execId: "e1" });
  await made.carrier.finish("stdout of 1101", "of the exec");
  t.equal(await text(second), "of the exec");
  t.same(logged, []);
});

t.test("attachStream() joins a descriptor by its number, in the directions that it has", async (t) => {
  const { made, openFd } = await served(t);
  const ends = await Promise.all([socketPair(), socketPair(), socketPair()]);
  t.teardown(() => ends.flat().forEach((end) => end.destroy()));
  const [read, written, both] = ends.map(([launcher]) => launcher) as [Socket, Socket, Socket];
  const directions = ["r", "w", "b"] as const;
  made.prepare = (process) => {
    process.preservedFds = directions.map((direction, index) => ({ direction, stream: ends[index]?.[1] as Socket }));
  };
  await execProcess(made.sandbox, { ...EXEC, preservedFds: "rwb" });
  t.same(made.plans.at(-1)?.preservedFds, directions);
  const [three, four, five] = [await openFd(3), await openFd(4), await openFd(5)];
  three.end("read");
  written.end("written");
  five.end("question");
  both.end("answer");
  t.equal(await text(read), "read");
  t.equal(await text(four), "written");
  t.equal(await text(both), "question");
  t.equal(await text(five), "answer");
});

t.test("attachStream() refuses descriptors that a process doesn't have", async (t) => {
  const { made, logged, openFd } = await served(t);
  await execProcess(made.sandbox, EXEC);
  for (const fd of [0, 3, 67, 4_294_967_295]) {
    await broken(await openFd(fd));
    t.match(logged.at(-1), /^the process has no (descriptor )?(fd)?\d+$/);
  }
  await t.rejects(execProcess(made.sandbox, { ...EXEC, execId: "e2", preservedFds: "rx" }), {
    code: "invalid-argument",
  });
});

t.test("attachStream() joins a stream once", async (t) => {
  const { open, logged } = await served(t);
  await open(StreamHeader_Kind.STDERR);
  const second = await open(StreamHeader_Kind.STDERR);
  await broken(second);
  t.match(logged, ["stderr is attached already"]);
});
