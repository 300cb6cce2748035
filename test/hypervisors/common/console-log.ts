import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import t from "tap";
import { logConsole } from "../../../hypervisors/common/console-log.js";

const lines = (count: number): Buffer[] => Array.from({ length: count }, (_unused, i) => Buffer.from(`line ${i}\n`));

t.test("logConsole() writes everything below the limit", async (t) => {
  const path = join(t.testdir({}), "console.log");
  t.equal(await logConsole(Readable.from(lines(100)), path), undefined);
  t.equal(await readFile(path, "utf8"), Buffer.concat(lines(100)).toString());
  t.equal((await stat(path)).mode & 0o777, 0o600);
});

t.test("logConsole() keeps the file bounded and always has the latest output", async (t) => {
  const path = join(t.testdir({}), "console.log");
  for (const count of [60, 100, 101, 102, 500]) {
    const input = lines(count);
    t.equal(await logConsole(Readable.from(input), path, { fileBytes: 400, tailBytes: 100 }), undefined);
    const text = await readFile(path, "utf8");
    t.ok(text.length <= 400, `${text.length} bytes after ${count} lines`);
    t.ok(text.endsWith(Buffer.concat(input).toString().slice(-90)));
    t.match(text, /^\[earlier output dropped\]\n/);
  }
});

t.test("logConsole() keeps the end of one piece that is larger than the limit", async (t) => {
  const path = join(t.testdir({}), "console.log");
  const piece = Buffer.from("x".repeat(1000) + "end");
  t.equal(await logConsole(Readable.from([piece]), path, { fileBytes: 400, tailBytes: 100 }), undefined);
  t.equal(await readFile(path, "utf8"), `[earlier output dropped]\n${"x".repeat(97)}end`);
});

t.test("logConsole() reads on where the file can't be written, and reports it at the end", async (t) => {
  const stream = Readable.from(lines(1000));
  t.match(await logConsole(stream, "/nonexistent/console.log"), { code: "ENOENT" });
  t.equal(stream.readableEnded, true);
});

t.test("logConsole() reports a stream that breaks and keeps what came", async (t) => {
  const path = join(t.testdir({}), "console.log");
  const broken = new Error("broken");
  async function* source(): AsyncGenerator<Buffer> {
    yield Buffer.from("before");
    throw broken;
  }
  t.equal(await logConsole(Readable.from(source()), path), broken);
  t.equal(await readFile(path, "utf8"), "before");
});
