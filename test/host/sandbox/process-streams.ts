import { type Duplex, PassThrough } from "node:stream";
import { createConnection, type Socket } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import t, { type Test } from "tap";
import { joinProcessStreams, type OutputProgress } from "../../../src/host/sandbox/process-streams.js";
import { StdioServer } from "../../../src/host/sandbox/stdio-server.js";
import type { PreservedFd } from "../../../src/protocol/preserved-fds.js";
import { socketPair } from "../../protocol/fixtures/socket-pair.js";
import { shortDirectory } from "../../support/short-directory.js";

/** A process whose only descriptor of interest is 3, with a monitor and a guest of the test's own. */
async function joined(
  t: Test,
  direction: PreservedFd,
): Promise<OutputProgress & { monitor: Socket; terminal: Socket; guest: Socket }> {
  const path = join(shortDirectory(t), "s");
  const stdio = await StdioServer.listen(path, () => undefined);
  t.teardown(() => stdio.close());
  const connect = async (kind: string): Promise<Socket> => {
    const socket = createConnection({ path, allowHalfOpen: true });
    t.teardown(() => void socket.destroy());
    await once(socket, "connect");
    socket.write(`token ${kind}\n`);
    return socket;
  };
  const [guest, ours] = await socketPair();
  t.teardown(() => void guest.destroy());
  t.teardown(() => void ours.destroy());
  const monitor = await connect("fd3");
  const terminal = await connect("terminal");
  const streams = { terminal: true, preservedFds: [direction] };
  const open = (kind: string): Duplex => (kind === "fd3" ? ours : new PassThrough());
  return { ...(await joinProcessStreams(stdio, "token", streams, open).joined), monitor, terminal, guest };
}

t.test("what a guest says on a descriptor that its process only reads reaches nobody", async (t) => {
  const { monitor, guest } = await joined(t, "r");
  let heard = 0;
  monitor.on("data", (chunk: Buffer) => (heard += chunk.length));
  guest.write("not asked for");
  monitor.write("input");
  t.equal(String((await once(guest, "data"))[0]), "input");
  guest.destroy();
  await once(monitor, "end");
  t.equal(heard, 0);
});

t.test("what a guest writes to a descriptor reaches the monitor, with its end", async (t) => {
  const { monitor, guest } = await joined(t, "w");
  guest.end("output");
  let text = "";
  monitor.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(monitor, "end");
  t.equal(text, "output");
});

t.test("output counts as handed on when its monitors have hung up, and no sooner", async (t) => {
  const { monitor, terminal, guest, handedOn } = await joined(t, "w");
  const came: string[] = [];
  void handedOn.then(() => came.push("handed on"));
  guest.end("output");
  monitor.resume();
  await once(monitor, "end");
  terminal.destroy();
  // what is on its way already comes first
  await new Promise(setImmediate);
  came.push("hangs up");
  monitor.end();
  await handedOn;
  t.strictSame(came, ["hangs up", "handed on"]);
});

t.test("who only reads isn't waited for", async (t) => {
  const { terminal, handedOn } = await joined(t, "r");
  terminal.destroy();
  await t.resolves(handedOn);
});

t.test(
  "streams of a process that won't be are broken off, before their monitor came and where one can't be opened",
  async (t) => {
    const stdio = await StdioServer.listen(join(shortDirectory(t), "s"), () => undefined);
    t.teardown(() => stdio.close());
    const opened: Duplex[] = [];
    const open = (): Duplex => {
      const stream = new PassThrough();
      opened.push(stream);
      return stream;
    };
    const over = new AbortController();
    const streams = joinProcessStreams(stdio, "token", { terminal: false, preservedFds: [] }, open, over.signal);
    streams.giveUp();
    t.same(
      opened.map(({ destroyed }) => destroyed),
      [true, true, true],
    );
    over.abort(new Error("no process"));
    await t.rejects(streams.joined, { message: "no process" });
    const kinds = { terminal: true, preservedFds: ["r"] } as const;
    const second = (kind: string): Duplex => {
      if (kind === "fd3") throw new Error("too many");
      return open();
    };
    t.throws(() => joinProcessStreams(stdio, "token", kinds, second), { message: "too many" });
    t.equal(opened.at(-1)?.destroyed, true);
  },
);
