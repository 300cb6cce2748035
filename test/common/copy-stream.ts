import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import t from "tap";
import { copyStream } from "../../src/common/copy-stream.js";

t.test("copyStream() copies to the end, which ends the other", async (t) => {
  const [from, to] = [new PassThrough(), new PassThrough()];
  from.end("all of it");
  const [said] = await Promise.all([text(to), copyStream(from, to)]);
  t.equal(said, "all of it");
});

t.test("copyStream() breaks both where one breaks, and doesn't reject", async (t) => {
  const [from, to] = [new PassThrough(), new PassThrough()];
  const copied = copyStream(from, to);
  to.destroy(new Error("nobody reads any more"));
  await copied;
  t.ok(from.destroyed);
});
