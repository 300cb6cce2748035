import { PassThrough } from "node:stream";
import t from "tap";
import { readJsonLines } from "../../../src/host/sandbox/json-lines.js";

async function collect(chunks: Buffer[], limit?: number): Promise<unknown[]> {
  const stream = new PassThrough();
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  const values: unknown[] = [];
  for await (const value of readJsonLines(stream, limit)) values.push(value);
  return values;
}

t.test("readJsonLines() finds the lines wherever the input is split", async (t) => {
  const text = Buffer.from('{"a":"ä"}\n[1,2]\n"x"\n');
  for (let at = 0; at <= text.length; at++) {
    t.strictSame(await collect([text.subarray(0, at), text.subarray(at)]), [{ a: "ä" }, [1, 2], "x"]);
  }
});

t.test("readJsonLines() refuses a line over the limit, ended or not", async (t) => {
  await t.rejects(collect([Buffer.from(`"${"x".repeat(20)}"\n`)], 10), { code: "invalid-argument" });
  await t.rejects(collect([Buffer.from("x".repeat(11))], 10), { code: "invalid-argument" });
  t.strictSame(await collect([Buffer.from('"12345678"\n')], 10), ["12345678"]);
});

t.test("readJsonLines() refuses what is not JSON", async (t) => {
  await t.rejects(collect([Buffer.from("nonsense\n")]), { code: "invalid-argument" });
});

t.test("readJsonLines() drops a last line without its end", async (t) => {
  t.strictSame(await collect([Buffer.from('1\n{"half":')]), [1]);
});
