import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import t from "tap";
import { type Build, buildProgram } from "../fixtures/build-program.js";
import { readAll, readSlowly, startMonitor } from "./fixtures/running-monitor.js";

const MEGABYTE = 1024 * 1024;
// Much data and two compilations: more than a loaded machine does in tap's own 30 seconds.
t.setTimeout(180_000);
const builds: Build[] = ["release", "sanitized"];

for (const build of builds) {
  t.test(`the ${build} build`, async (t) => {
    const monitor = buildProgram("monitor", t.testdir({}), build);
    // Node's own "pipes" are sockets; these are real ones. The monitor takes the place of the shell.
    const redirect = "< <(cat 2>/dev/null) > >(cat 2>/dev/null) 2> >(cat >&2)";
    const betweenPipes = ["bash", "-c", `exec "$0" "$@" ${redirect}`, monitor] as const;
    const sizeBytes = 50 * MEGABYTE;

    for (const [stdioKind, command] of [
      ["sockets", [monitor]],
      ["pipes", betweenPipes],
    ] as const) {
      t.test(`carries 50 MB both ways at once between ${stdioKind} with slow readers`, async (t) => {
        const { stub, child, exited } = await startMonitor(t, [...command] as [string, ...string[]]);
        const [sent, answered] = [randomBytes(sizeBytes), randomBytes(sizeBytes)];
        const [stdin, stdout, stderr] = await Promise.all(
          ["stdin", "stdout", "stderr"].map((kind) => stub.stream(kind)),
        );
        child.stdin?.end(sent);
        stdout?.end(answered);
        stderr?.end("that's all");
        const [atStub, atCaller, complaints] = await Promise.all([
          readSlowly(stdin as Readable),
          readSlowly(child.stdout as Readable),
          readAll(child.stderr as Readable),
        ]);
        (await stub.stream("control")).write("exit 0\n");
        t.ok(sent.equals(atStub), "the input arrived as it was");
        t.ok(answered.equals(atCaller), "the output arrived as it was");
        t.equal(complaints.toString(), "that's all");
        t.equal(await exited, 0);
      });

      t.test(`goes on with the output between ${stdioKind} while nobody takes the input`, async (t) => {
        const { stub, child, exited } = await startMonitor(t, [...command] as [string, ...string[]]);
        child.stdin?.write(randomBytes(8 * MEGABYTE));
        await stub.stream("stdin");
        const answered = randomBytes(8 * MEGABYTE);
        (await stub.stream("stdout")).end(answered);
        (await stub.stream("stderr")).end();
        t.ok(answered.equals(await readAll(child.stdout as Readable)));
        (await stub.stream("control")).write("exit 0\n");
        child.stdin?.destroy();
        t.equal(await exited, 0);
      });

      t.test(`goes on with the input between ${stdioKind} while nobody takes the output`, async (t) => {
        const { stub, child, exited } = await startMonitor(t, [...command] as [string, ...string[]]);
        const unread = randomBytes(8 * MEGABYTE);
        (await stub.stream("stdout")).end(unread);
        const sent = randomBytes(8 * MEGABYTE);
        child.stdin?.end(sent);
        t.ok(sent.equals(await readAll(await stub.stream("stdin"))));
        (await stub.stream("stderr")).end("still here");
        t.equal((await readAll(child.stderr as Readable)).toString(), "still here");
        (await stub.stream("control")).write("exit 3\n");
        t.ok(unread.equals(await readAll(child.stdout as Readable)));
        t.equal(await exited, 3);
      });
    }

    t.test("leaves with the status only when the output that came before it is written", async (t) => {
      const { stub, child, exited } = await startMonitor(t, [monitor]);
      const answered = randomBytes(5 * MEGABYTE);
      const stdout = await stub.stream("stdout");
      (await stub.stream("control")).end("exit 7\n");
      (await stub.stream("stderr")).end();
      stdout.end(answered);
      t.ok(answered.equals(await readSlowly(child.stdout as Readable)));
      t.equal(await exited, 7);
    });

    t.test("tells the end of its input and closes it where the supervisor does", async (t) => {
      const ended = await startMonitor(t, [monitor]);
      ended.child.stdin?.end();
      t.equal((await readAll(await ended.stub.stream("stdin"))).length, 0);

      const endless = 'exec "$0" "$@" < <(yes 2>/dev/null; echo SIGPIPE >&2)';
      const closed = await startMonitor(t, ["bash", "-c", endless, monitor]);
      (await closed.stub.stream("stdin")).destroy();
      const [said] = (await once(closed.child.stderr as Readable, "data")) as [Buffer];
      t.equal(said.toString(), "SIGPIPE\n");
    });

    t.test("a reader that goes away ends its stream and no other", async (t) => {
      const { stub, child, exited } = await startMonitor(t, [monitor]);
      const stdout = await stub.stream("stdout");
      const closed = new Promise((resolve) => stdout.once("close", resolve));
      stdout.write(randomBytes(4 * MEGABYTE));
      await once(child.stdout as Readable, "readable");
      child.stdout?.destroy();
      await closed;
      child.stdin?.end("in");
      t.equal((await readAll(await stub.stream("stdin"))).toString(), "in");
      (await stub.stream("stderr")).end("error");
      t.equal((await readAll(child.stderr as Readable)).toString(), "error");
      (await stub.stream("control")).write("exit 0\n");
      t.equal(await exited, 0);
    });

    t.test("works with files and /dev/null", async (t) => {
      const directory = t.testdir({});
      const input = randomBytes(3 * MEGABYTE);
      writeFileSync(join(directory, "in"), input);
      const { stub, exited } = await startMonitor(t, [monitor], {
        stdio: [openSync(join(directory, "in"), "r"), openSync(join(directory, "out"), "w"), "ignore"],
      });
      const output = randomBytes(3 * MEGABYTE);
      (await stub.stream("stdout")).end(output);
      (await stub.stream("stderr")).end("into the void");
      t.ok(input.equals(await readAll(await stub.stream("stdin"))));
      (await stub.stream("control")).write("exit 0\n");
      t.equal(await exited, 0);
      t.ok(output.equals(readFileSync(join(directory, "out"))));

      const silent = await startMonitor(t, [monitor], { stdio: "ignore" });
      t.equal((await readAll(await silent.stub.stream("stdin"))).length, 0);
      for (const kind of ["stdout", "stderr"]) (await silent.stub.stream(kind)).end("into the void");
      (await silent.stub.stream("control")).write("exit 4\n");
      t.equal(await silent.exited, 4);
    });
  });
}
