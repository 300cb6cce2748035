import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import t, { type Test } from "tap";
import { NameServer, NAME_SERVER_ADDRESS } from "../../../src/agent/network/name-server.js";
import { encodeNameFrame, type NameFrame, NameFrameDecoder } from "../../../src/protocol/name-frames.js";

/** A host that answers each question with its text in capitals, as soon as `answers` says so. */
class Host extends Duplex {
  readonly questions: NameFrame[] = [];
  readonly #decoder = new NameFrameDecoder();
  answers = (questions: readonly NameFrame[]): readonly NameFrame[] => questions;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const questions = this.#decoder.take(chunk);
    this.questions.push(...questions);
    for (const question of this.answers(questions)) this.answer(question);
    done();
  }

  answer({ id, transport, message }: NameFrame): void {
    this.push(encodeNameFrame({ id, transport, message: Buffer.from(Buffer.from(message).toString().toUpperCase()) }));
  }
}

async function joined(t: Test): Promise<{ server: NameServer; host: Host }> {
  const [server, host] = [await NameServer.open(), new Host()];
  t.teardown(() => server.close());
  server.join(host);
  return { server, host };
}

/** Asks by datagrams, and gives the answer to the last one. */
async function ask(t: Test, { port }: NameServer, ...questions: string[]): Promise<string> {
  const socket = createSocket("udp4");
  t.teardown(() => socket.close());
  for (const question of questions) socket.send(question, port, NAME_SERVER_ADDRESS);
  const [answer] = (await once(socket, "message")) as [Buffer];
  return answer.toString();
}

function tcp(text: string): Buffer {
  return Buffer.concat([Buffer.of(0, text.length), Buffer.from(text)]);
}

t.test("a datagram's answer goes to who has asked", async (t) => {
  const { server, host } = await joined(t);
  t.strictSame(await Promise.all(["one", "two"].map((text) => ask(t, server, text))), ["ONE", "TWO"]);
  t.match(host.questions, [{ transport: "udp" }, { transport: "udp" }]);
});

t.test("several questions by one connection are answered in it, however they are cut, and then it ends", async (t) => {
  const { server, host } = await joined(t);
  const socket = connect(server.port, NAME_SERVER_ADDRESS);
  const bytes = Buffer.concat([tcp("one"), tcp("two")]);
  socket.write(bytes.subarray(0, 7));
  await once(socket, "data").then(([chunk]) => t.strictSame(chunk, tcp("ONE")));
  socket.end(bytes.subarray(7));
  t.strictSame(await buffer(socket), tcp("TWO"));
  t.match(host.questions, [{ transport: "tcp" }, { transport: "tcp" }]);
});

t.test("of too many questions at once the oldest stay unanswered", async (t) => {
  const { server, host } = await joined(t);
  host.answers = () => (host.questions.length === 33 ? host.questions : []);
  const answer = await ask(t, server, ...Array.from({ length: 33 }, (_unused, index) => `q${index}`));
  t.equal(answer, "Q1");
});

t.test("an answer that nobody waits for is dropped; without a host questions are", async (t) => {
  const { server, host } = await joined(t);
  host.answer({ id: 9, transport: "udp", message: Buffer.from("what") });
  t.equal(await ask(t, server, "one"), "ONE");
  host.destroy();
  await once(host, "close");
  const other = new Host();
  const silent = createSocket("udp4");
  t.teardown(() => silent.close());
  await new Promise((resolve) => silent.send("lost", server.port, NAME_SERVER_ADDRESS, resolve));
  server.join(other);
  t.equal(await ask(t, server, "two"), "TWO");
  t.ok(other.questions.length <= 2);
});
