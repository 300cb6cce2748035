import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import t from "tap";
import { plainPlan } from "./fixtures/container-plan.js";
import { pipesOf, readAll, runPlan, startPlan } from "./fixtures/run-plan.js";

const MEBIBYTE = 1 << 20;

/** The same random mebibyte `count` times, each with its number in front. */
function* numberedBlocks(count: number): Generator<Buffer> {
  const block = randomBytes(MEBIBYTE);
  for (let i = 0; i < count; i++) {
    const copy = Buffer.from(block);
    copy.writeUInt32LE(i);
    yield copy;
  }
}

void t.test("50 MB of random bytes come back from cat as they went in", async (t) => {
  const launched = await startPlan(plainPlan(["cat"]));
  const stdio = pipesOf(launched);
  const sent = createHash("sha256");
  const received = createHash("sha256");
  let bytes = 0;
  const source = Readable.from(numberedBlocks(50)).on("data", (chunk: Buffer) => sent.update(chunk));
  const reading = (async (output: Readable) => {
    for await (const chunk of output as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      received.update(chunk);
    }
  })(stdio.stdout);
  await Promise.all([pipeline(source, stdio.stdin), reading, readAll(stdio.stderr)]);
  t.equal(bytes, 50 * MEBIBYTE);
  t.equal(received.digest("hex"), sent.digest("hex"));
  t.same(await launched.exited, { status: 0 });
});

void t.test("short output may be read long after the process has ended", async (t) => {
  const launched = await startPlan(plainPlan(["sh", "-c", "echo short; exit 3"]));
  const stdio = pipesOf(launched);
  t.same(await launched.exited, { status: 3 });
  t.equal((await readAll(stdio.stdout)).toString(), "short\n");
  t.equal((await readAll(stdio.stderr)).toString(), "");
});

void t.test("the end of the input reaches the process", async (t) => {
  t.same(await runPlan(plainPlan(["sh", "-c", "cat; echo end"]), "in\n"), {
    stdout: "in\nend\n",
    stderr: "",
    status: 0,
  });
});

void t.test("input that nobody reads ends with the process", async (t) => {
  const launched = await startPlan(plainPlan(["sh", "-c", "exec <&-; read line; exit 4"]));
  const stdio = pipesOf(launched);
  const closed = new Promise((resolve) => stdio.stdin.once("close", resolve));
  stdio.stdin.write(Buffer.alloc(4 * MEBIBYTE));
  await Promise.all([readAll(stdio.stdout), readAll(stdio.stderr)]);
  t.same(await launched.exited, { status: 4 });
  await closed;
});

void t.test("a process left behind with the output doesn't hold the streams open", async (t) => {
  const launched = await startPlan(plainPlan(["sh", "-c", "sleep 1000 & echo $!"]));
  const stdio = pipesOf(launched);
  const [stdout] = await Promise.all([readAll(stdio.stdout), readAll(stdio.stderr)]);
  t.same(await launched.exited, { status: 0 });
  t.equal(process.kill(Number(stdout.toString()), "SIGKILL"), true);
});

void t.test("dispose() ends a process and its streams", async (t) => {
  const launched = await startPlan(plainPlan(["sleep", "1000"]));
  launched.dispose();
  t.same(await launched.exited, { status: 137 });
  t.throws(() => process.kill(launched.pid, 0), { code: "ESRCH" });
});

void t.test("/dev/stdout can be opened again", async (t) => {
  t.equal((await runPlan(plainPlan(["sh", "-c", "echo again > /dev/stdout"]))).stdout, "again\n");
});
