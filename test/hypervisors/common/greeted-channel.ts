import { PassThrough } from "node:stream";
import t from "tap";
import { GREETING, greetedChannel } from "../../../hypervisors/common/greeted-channel.js";

t.test("greetedChannel() gives what comes after the greeting, wherever it is split", async (t) => {
  const bytes = Buffer.concat([GREETING, Buffer.from("after")]);
  for (let split = 1; split < bytes.length; split += 1) {
    const stream = new PassThrough();
    const greeted = greetedChannel(stream);
    stream.write(bytes.subarray(0, split));
    setImmediate(() => stream.end(bytes.subarray(split)));
    const chunks: Buffer[] = [];
    for await (const chunk of await greeted) chunks.push(chunk as Buffer);
    t.equal(Buffer.concat(chunks).toString(), "after");
  }
});

t.test("greetedChannel() passes over what others say before the guest, where they may, up to a limit", async (t) => {
  const stream = new PassThrough();
  stream.write("  # lkvm run\r\n");
  setImmediate(() => stream.end("Info: tskata:\ntskata:agent\nafter"));
  const chunks: Buffer[] = [];
  for await (const chunk of await greetedChannel(stream, { hasPreface: true })) chunks.push(chunk as Buffer);
  t.equal(Buffer.concat(chunks).toString(), "after");
  const endless = new PassThrough();
  endless.write(Buffer.alloc(65 * 1024, "."));
  await t.rejects(greetedChannel(endless, { hasPreface: true }), {
    code: "unavailable",
    message: /it began with "\.\.\./,
  });
});

t.test("greetedChannel() tells a channel that ends before, and one that begins otherwise", async (t) => {
  const ended = new PassThrough();
  ended.end("tsk");
  await t.rejects(greetedChannel(ended), { code: "unavailable", message: /it began with "tsk"/ });
  const silent = new PassThrough();
  silent.destroy();
  await t.rejects(greetedChannel(silent), { code: "unavailable", message: /without a word/ });
  const other = new PassThrough();
  other.write("a login prompt: ");
  await t.rejects(greetedChannel(other), { code: "unavailable", message: /a login prompt/ });
});

t.test("greetedChannel() is given up with its signal", async (t) => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const waiting = greetedChannel(new PassThrough(), {}, controller.signal);
  controller.abort(reason);
  await t.rejects(waiting, reason);
});
