import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import t, { type Test } from "tap";
import { encodeFrame, encodeHeader, FrameKind, PREFACE } from "../../../src/protocol/mux/frame.js";
import { dialSerial } from "../../../src/protocol/serial-dialer.js";
import { listenSerial } from "../../../src/protocol/serial-listener.js";
import { buildRelay } from "./fixtures/build-launcher.js";

const MEBIBYTE = 1 << 20;
const PORT = 1;

/** Init's relay between two ends, with a launcher for each command. */
function startRelay(
  t: Test,
  commands: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): { host: Duplex; agent: Duplex } {
  const child = spawn(buildRelay(), commands, {
    stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], ASAN_OPTIONS: "detect_leaks=0", ...environment },
  });
  const [, , , agent, host] = child.stdio as unknown as [null, null, null, Duplex, Duplex];
  t.teardown(async () => {
    // It ends by itself only when a sanitizer found something.
    if (child.exitCode !== null) throw new Error(`the relay ended with status ${child.exitCode}`);
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  });
  return { host, agent };
}

/** The next bytes that come, as many. */
async function hears(end: Duplex, bytes: number): Promise<Buffer> {
  let chunk: Buffer | null = null;
  while ((chunk = end.read(bytes) as Buffer | null) === null) await once(end, "readable");
  return chunk;
}

/** A host and an agent with the relay between them. */
function connect(t: Test, ...commands: string[]) {
  const { host, agent } = startRelay(t, commands);
  const dialer = dialSerial(host);
  const listener = listenSerial(agent);
  t.teardown(() => dialer.close());
  const dial = async (port = PORT): Promise<[host: Duplex, agent: Duplex]> => {
    const arrived = new Promise<Duplex>((resolve) => {
      listener.onStream(port, resolve);
    });
    return Promise.all([dialer.dial(port), arrived]);
  };
  /** Opens an output of the nth command, as the host does it: with nothing to say. */
  const open = async (launcher: number, output: "stdout" | "stderr") => {
    const [stream, joined] = await dial();
    stream.end();
    return { stream, over: listener.join(joined, launcher, output) };
  };
  return { dialer, listener, dial, open };
}

t.test("the outputs of a process reach the host, each on its own stream", async (t) => {
  const { open } = connect(t, "echo out; echo err >&2");
  const output = await open(1, "stdout");
  const errors = await open(1, "stderr");
  t.same(await Promise.all([text(output.stream), text(errors.stream)]), ["out\n", "err\n"]);
  await Promise.all([output.over, errors.over]);
});

t.test("an output reaches the host whole, beside what agent and host say to each other", async (t) => {
  const bytes = randomBytes(20 * MEBIBYTE);
  const path = join(t.testdir(), "bytes");
  writeFileSync(path, bytes);
  const { dial, open } = connect(t, `cat ${path}`);
  const [near, far] = await dial(7);
  far.pipe(far);
  const sent = randomBytes(5 * MEBIBYTE);
  near.end(sent);
  const { stream, over } = await open(1, "stdout");
  const [received, echoed] = await Promise.all([buffer(stream), buffer(near)]);
  await over;
  t.equal(digest(received), digest(bytes));
  t.equal(digest(echoed), digest(sent));
});

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

t.test(
  "what comes by a console of kvmtool's reaches the agent as the host meant it, wherever it is split",
  async (t) => {
    const { host, agent } = startRelay(t, [], { CODED: "1" });
    const payload = Buffer.concat([Buffer.from([1, 2, 0x41, 0x42, 2, 1, 1, 2, 2, 0]), randomBytes(4000)]);
    const header = encodeHeader(FrameKind.data, 0x01020102, payload.length);
    const plain = Buffer.concat([PREFACE, header, payload]);
    const coded = [...plain].flatMap((byte) => (byte === 1 || byte === 2 ? [2, byte + 0x40] : [byte]));
    for (const [from, to] of [
      [0, 11],
      [11, 12],
      [12, 30],
      [30, coded.length],
    ] as const) {
      await new Promise((resolve) => host.write(Buffer.from(coded.slice(from, to)), resolve));
    }
    t.ok((await hears(agent, plain.length)).equals(plain));
  },
);

t.test("a host that doesn't read holds up its process only", async (t) => {
  const { open } = connect(t, "head -c 4000000 /dev/zero; echo written >&2", "echo other");
  const stalled = await open(1, "stdout");
  const errors = await open(1, "stderr");
  const other = await open(2, "stdout");
  t.equal(await text(other.stream), "other\n");
  t.equal(errors.stream.read(), null);
  t.equal((await buffer(stalled.stream)).length, 4_000_000);
  t.equal(await text(errors.stream), "written\n");
});

t.test("output that is read after the end of its process isn't lost", async (t) => {
  const { open } = connect(t, "printf '%050000d' 1");
  const errors = await open(1, "stderr");
  t.equal(await text(errors.stream), "");
  const { stream, over } = await open(1, "stdout");
  t.equal((await text(stream)).length, 50_000);
  await over;
});

t.test("a host that reads no more breaks the process's pipe", async (t) => {
  const { open } = connect(t, "yes; echo broken >&2");
  const errors = await open(1, "stderr");
  const { stream, over } = await open(1, "stdout");
  await once(stream, "readable");
  stream.destroy();
  await over;
  t.equal(await text(errors.stream), "broken\n");
});

t.test("a process left behind with the output doesn't hold the stream open", async (t) => {
  const { open } = connect(t, "sleep 1000 & echo $!");
  const output = await open(1, "stdout");
  const errors = await open(1, "stderr");
  const pid = Number(await text(output.stream));
  t.equal(await text(errors.stream), "");
  await Promise.all([output.over, errors.over]);
  t.equal(process.kill(pid, "SIGKILL"), true);
});

t.test("an output that nobody handed over is a reset to the host", async (t) => {
  const { open } = connect(t);
  const { stream, over } = await open(5, "stdout");
  await t.rejects(text(stream), { code: "unavailable" });
  await over;
});

t.test("an output that is forgotten is closed; one that was joined isn't", async (t) => {
  const { listener, open } = connect(
    t,
    "trap '' PIPE; echo ready >&2; while echo line 2>/dev/null; do :; done; echo broken >&2",
  );
  const errors = await open(1, "stderr");
  await once(errors.stream, "readable");
  listener.forget(1);
  t.equal(await text(errors.stream), "ready\nbroken\n");
});

t.test("what the host said before init had the stream counts", async (t) => {
  const { host, agent } = startRelay(t, ["yes"]);
  host.write(Buffer.concat([PREFACE, encodeFrame(FrameKind.open, 1, PORT), encodeFrame(FrameKind.reset, 1)]));
  await hears(agent, PREFACE.length + 13 + 9);
  agent.write(Buffer.concat([PREFACE, encodeFrame(FrameKind.joinStdout, 1, 1), encodeFrame(FrameKind.reset, 1)]));
  t.same(await hears(agent, 9), encodeFrame(FrameKind.over, 1));
  t.same(await hears(host, PREFACE.length), PREFACE);
});

t.test("frames pass wherever their bytes are split", async (t) => {
  const { host, agent } = startRelay(t, []);
  const message = Buffer.concat([PREFACE, encodeFrame(FrameKind.open, 1, 9), encodeFrame(FrameKind.end, 1)]);
  for (const [from, to] of [
    [host, agent],
    [agent, host],
  ] as const) {
    const received: Buffer[] = [];
    const whole = new Promise<void>((resolve) => {
      to.on("data", (chunk: Buffer) => {
        received.push(chunk);
        if (Buffer.concat(received).length >= message.length) resolve();
      });
    });
    for (const byte of message) await new Promise<void>((resolve) => void from.write(Buffer.of(byte), () => resolve()));
    await whole;
    t.same(Buffer.concat(received), message);
  }
});
