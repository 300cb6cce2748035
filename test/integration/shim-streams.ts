import { closeSync, constants, existsSync, openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { endsWithNothingLeft, run, shimOfOne } from "../support/shim-of-one.js";

const SAID_BYTES = 1_000_000;
const TALKS = ["sh", "-c", `yes | head -c ${SAID_BYTES}; touch /done; exit 3`];

t.test("an output that nobody opens holds up neither start, nor end, nor delete", async (t) => {
  const one = await shimOfOne(t, { process: { args: ["sh", "-c", "echo said; echo more >&2; exit 3"] } });
  const { id, task, shim } = one;
  await run(one, { stdout: shim.pipe(), stderr: shim.pipe() });
  t.match(await task.wait({ id }), { exitStatus: 3 });
  t.match(await task.delete({ id }), { exitStatus: 3 });
  await endsWithNothingLeft(t, one);
});

t.test("one that nobody reads blocks its process when the pipe is full, which can be killed", async (t) => {
  const one = await shimOfOne(t, { process: { args: TALKS } });
  const { id, bundle, task, shim } = one;
  await run(one, { stdout: shim.pipe() });
  await task.kill({ id, signal: 9 });
  t.match(await task.wait({ id }), { exitStatus: 137 });
  t.notOk(existsSync(join(bundle, "rootfs", "done")));
  t.match(await task.delete({ id }), { exitStatus: 137 });
  await endsWithNothingLeft(t, one);
});

t.test("a reader that leaves early loses what it has read, and the next one gets the rest", async (t) => {
  const one = await shimOfOne(t, { process: { args: TALKS } });
  const { id, task, shim } = one;
  const stdout = shim.pipe();
  await run(one, { stdout });
  const reader = openSync(stdout, constants.O_RDONLY);
  const read = readSync(reader, Buffer.alloc(10));
  closeSync(reader);
  t.equal((await shim.read(stdout).text).length + read, SAID_BYTES - 1, "but for the last line's end");
  t.match(await task.wait({ id }), { exitStatus: 3 });
  await task.delete({ id });
  await endsWithNothingLeft(t, one);
});

for (const terminal of [false, true]) {
  const what = terminal ? "a terminal" : "a standard input";
  t.test(`${what} outlives who writes to it, up to its end by CloseIO`, async (t) => {
    const echo = 'while read -r line; do echo "got $line"; done; exit 4';
    const one = await shimOfOne(t, { process: { terminal, args: ["sh", "-c", echo] } });
    const { id, task, shim } = one;
    const [stdin, stdout] = [shim.pipe(), shim.output()];
    await run(one, { stdin, stdout: stdout.path, terminal });
    for (const word of ["one", "two"]) {
      writeFileSync(stdin, `${word}\n`);
      await stdout.says(new RegExp(`got ${word}`));
    }
    await task.closeIO({ id, stdin: true });
    if (terminal) await task.kill({ id, signal: 9 });
    t.match(await task.wait({ id }), { exitStatus: terminal ? 137 : 4 });
    t.match(await stdout.text, /got one\r?\n(two\r\n)?got two/);
    await task.delete({ id });
    await endsWithNothingLeft(t, one);
  });
}
