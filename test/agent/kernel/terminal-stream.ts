import { once } from "node:events";
import { PassThrough } from "node:stream";
import t from "tap";
import { TerminalStream } from "../../../src/agent/kernel/terminal-stream.js";

function makeStreams() {
  const input = new PassThrough();
  const output = new PassThrough();
  return { input, output, terminal: new TerminalStream(input, output) };
}

void t.test("what is written goes to the input, what the output gives is read", async (t) => {
  const { input, output, terminal } = makeStreams();
  terminal.write("typed");
  output.write("shown");
  const [typed] = (await once(input, "data")) as [Buffer];
  const [shown] = (await once(terminal, "data")) as [Buffer];
  t.same([typed.toString(), shown.toString()], ["typed", "shown"]);
});

void t.test("each direction ends by itself", async (t) => {
  const { input, output, terminal } = makeStreams();
  input.resume();
  terminal.end();
  await once(input, "end");
  output.end("still shown");
  const chunks = await terminal.toArray();
  t.equal(Buffer.concat(chunks as Buffer[]).toString(), "still shown");
});

void t.test("nobody's reading holds the output back", async (t) => {
  const { output, terminal } = makeStreams();
  while (output.write(Buffer.alloc(64 * 1024)));
  await new Promise((resolve) => setImmediate(resolve));
  t.ok(output.isPaused());
  t.ok(terminal.readableLength <= 2 * 64 * 1024);
  terminal.resume();
  await once(output, "drain");
});

void t.test("a broken output is the terminal's end, and destroy() takes both with it", async (t) => {
  const broken = makeStreams();
  broken.terminal.resume();
  broken.output.destroy();
  await once(broken.terminal, "end");
  const destroyed = makeStreams();
  destroyed.terminal.destroy();
  await once(destroyed.terminal, "close");
  t.ok(destroyed.input.destroyed && destroyed.output.destroyed);
});
