import { once } from "node:events";
import type { Readable } from "node:stream";
import t, { type Test } from "tap";
import { encodeNameFrame, type NameFrame, NameFrameDecoder } from "../../../src/protocol/name-frames.js";
import { TestNetwork } from "../../support/test-network.js";
import { buildProgram } from "../fixtures/build-program.js";
import { type RunningMonitor, startMonitor } from "./fixtures/running-monitor.js";

const monitor = buildProgram("monitor", t.testdir({}));

/** A name server that sends questions back in capitals; says when it is ready. */
const SERVER = `
import socket, threading
address = ("127.0.0.11", 53)
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(address)
connections = socket.create_server(address)
print("ready", flush=True)
def serve():
    while True:
        connection, _ = connections.accept()
        stream = connection.makefile("rb")
        length = int.from_bytes(stream.read(2), "big")
        answer = stream.read(length).upper()
        # In pieces, as they may come.
        for piece in (length.to_bytes(2, "big"), answer[:1], answer[1:]): connection.sendall(piece)
        connection.close()
threading.Thread(target=serve, daemon=True).start()
while True:
    question, peer = datagrams.recvfrom(65535)
    if question != b"unanswered": datagrams.sendto(question.upper(), peer)
`;

async function scene(t: Test): Promise<{ running: RunningMonitor; answers: AsyncGenerator<NameFrame> }> {
  const network = await TestNetwork.make(t);
  network.run("ip", "link", "set", "dev", "lo", "up");
  const server = network.spawn("python3", "-c", SERVER);
  t.teardown(() => server.kill("SIGKILL"));
  await once(server.stdout, "data");
  const args = ["--network-namespace", network.path, "--watch-network"];
  const running = await startMonitor(t, [monitor], { stdio: ["pipe", "pipe", "pipe", "pipe"], args });
  await once(running.child.stdio[3] as Readable, "data");
  const connection = await running.stub.stream("names");
  return { running, answers: framesOf(connection) };
}

async function* framesOf(stream: Readable): AsyncGenerator<NameFrame> {
  const decoder = new NameFrameDecoder();
  for await (const chunk of stream as AsyncIterable<Buffer>) yield* decoder.take(chunk);
}

function frame(id: number, transport: NameFrame["transport"], text: string): Uint8Array {
  return encodeNameFrame({ id, transport, message: Buffer.from(text) });
}

/** Answers by their question's id, in the order in which they come. */
async function take(answers: AsyncGenerator<NameFrame>, count: number): Promise<Map<number, string>> {
  const taken = new Map<number, string>();
  while (taken.size < count) {
    const { value } = (await answers.next()) as { value: NameFrame };
    taken.set(value.id, `${value.transport} ${Buffer.from(value.message).toString()}`);
  }
  return taken;
}

t.test("questions go to the name server of the monitor's network, by the way they came", async (t) => {
  const { running, answers } = await scene(t);
  const names = await running.stub.stream("names");
  const all = Buffer.concat([frame(1, "udp", "one"), frame(2, "tcp", "two"), frame(3, "tcp", "x".repeat(60_000))]);
  for (const piece of [all.subarray(0, 3), all.subarray(3, 9), all.subarray(9)]) names.write(piece);
  const taken = await take(answers, 3);
  t.equal(taken.get(1), "udp ONE");
  t.equal(taken.get(2), "tcp TWO");
  t.equal(taken.get(3), `tcp ${"X".repeat(60_000)}`);
});

t.test("questions that stay unanswered keep nobody from asking", async (t) => {
  const { running, answers } = await scene(t);
  const names = await running.stub.stream("names");
  for (let id = 0; id < 100; id++) names.write(frame(id, "udp", "unanswered"));
  names.write(frame(200, "udp", "one"));
  t.strictSame(await take(answers, 1), new Map([[200, "udp ONE"]]));
});

t.test("what is no question, and a supervisor that hangs up, do no harm", async (t) => {
  const { running } = await scene(t);
  const names = await running.stub.stream("names");
  const strange = Buffer.from(frame(1, "udp", "one"));
  strange[2] = 9;
  names.end(strange);
  for (const kind of ["stdout", "stderr"]) (await running.stub.stream(kind)).end();
  (await running.stub.stream("control")).end("exit 7\n");
  t.equal(await running.exited, 7);
});
