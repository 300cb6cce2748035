import { execFileSync } from "node:child_process";
import { constants, openSync, readFileSync, writeFileSync, closeSync, writeSync, readSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import type { Duplex, Readable } from "node:stream";
import t, { type Test } from "tap";
import { ProcessIo } from "../../../../src/host/shim/io/process-io.js";
import type { TaskIo } from "../../../../src/host/shim/io/task-io.js";

const NONE: TaskIo = { stdin: "", stdout: "", stderr: "", terminal: false };
const CONTAINER = { id: "c", namespace: "n" };

function fifos(t: Test, ...names: string[]): string[] {
  const directory = t.testdir();
  const paths = names.map((name) => join(directory, name));
  execFileSync("mkfifo", paths);
  return paths;
}

async function open(t: Test, io: Partial<TaskIo>): Promise<{ io: ProcessIo; stream: (kind: string) => Duplex }> {
  const opened = await ProcessIo.open({ ...NONE, ...io }, CONTAINER);
  t.teardown(() => opened.destroy());
  return {
    io: opened,
    stream: (kind) => opened.streams.find(([each]) => each === kind)?.[1] as Duplex,
  };
}

async function text(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

t.test("named pipes are opened without anybody at their other ends, and what is written waits there", async (t) => {
  const [stdin = "", stdout = ""] = fifos(t, "in", "out");
  const { io, stream } = await open(t, { stdin, stdout });
  stream("stdout").end("said");
  stream("stderr").end("to nobody");
  const reader = openSync(stdout, constants.O_RDONLY);
  await io.drained;
  const buffer = Buffer.alloc(100);
  t.equal(buffer.toString("utf8", 0, readSync(reader, buffer)), "said");
  t.equal(readSync(reader, buffer), 0, "its end");
  closeSync(reader);
  for (const word of ["typed ", "again"]) {
    const writer = openSync(stdin, constants.O_WRONLY);
    writeSync(writer, word);
    closeSync(writer);
    t.equal(String((await once(stream("stdin"), "data"))[0]), word);
  }
  io.closeInput();
  await once(stream("stdin"), "end");
});

t.test(
  "an input ends where it is closed, with what was written by then, whoever else holds the pipe open",
  async (t) => {
    const [stdin = ""] = fifos(t, "in");
    const { io, stream } = await open(t, { stdin });
    const writer = openSync(stdin, constants.O_WRONLY);
    t.teardown(() => closeSync(writer));
    writeSync(writer, "first ");
    await once(stream("stdin"), "readable");
    writeSync(writer, "last");
    io.closeInput();
    io.closeInput();
    t.equal(await text(stream("stdin")), "first last");
  },
);

t.test("a terminal's output goes to one pipe, and its input comes from the other", async (t) => {
  const [stdin = "", stdout = ""] = fifos(t, "in", "out");
  const { io, stream } = await open(t, { stdin, stdout, terminal: true });
  const terminal = stream("terminal");
  const writer = openSync(stdin, constants.O_WRONLY);
  writeSync(writer, "ls\n");
  const [typed] = (await once(terminal, "data")) as [Buffer];
  t.equal(typed.toString(), "ls\n");
  closeSync(writer);
  const reader = openSync(stdout, constants.O_RDONLY);
  terminal.end("file\r\n");
  terminal.destroy();
  await io.drained;
  const buffer = Buffer.alloc(100);
  t.equal(buffer.toString("utf8", 0, readSync(reader, buffer)), "file\r\n");
  closeSync(reader);
});

t.test("without an input a process reads nothing, and a terminal is left open", async (t) => {
  t.equal(await text((await open(t, {})).stream("stdin")), "");
  const { stream } = await open(t, { terminal: true });
  t.notOk(stream("terminal").readableEnded);
});

t.test("an output is appended to a file", async (t) => {
  const path = join(t.testdir({ "log file": "before\n" }), "log file");
  const { io, stream } = await open(t, { stdout: `file://${encodeURI(path)}` });
  stream("stdout").end("after\n");
  stream("stderr").end("lost");
  await io.drained;
  t.equal(readFileSync(path, "utf8"), "before\nafter\n");
});

t.test("a logger gets both outputs, the container's names and its arguments, and ends with them", async (t) => {
  const directory = t.testdir();
  const program = join(directory, "logger");
  const script = `#!/bin/sh\nexec 5>&-\n{ echo "$CONTAINER_NAMESPACE $CONTAINER_ID $*"; cat <&3; cat <&4; } > ${directory}/log\n`;
  writeFileSync(program, script, { mode: 0o755 });
  const uri = `binary://${program}?level=info&brief`;
  const { io, stream } = await open(t, { stdout: uri, stderr: uri });
  stream("stdout").end("out\n");
  stream("stderr").end("err\n");
  await io.drained;
  t.equal(readFileSync(join(directory, "log"), "utf8"), "n c level info brief\nout\nerr\n");
});

t.test("what can't be opened is told of, and nothing is left open", async (t) => {
  const directory = t.testdir({ file: "" });
  const fail = async (
    io: Partial<TaskIo>,
    expected: { readonly code: string; readonly message?: RegExp },
  ): Promise<void> => {
    await t.rejects(ProcessIo.open({ ...NONE, ...io }, CONTAINER), expected);
  };
  await fail({ stdout: join(directory, "none") }, { code: "not-found", message: /open the named pipe/ });
  await fail({ stdin: join(directory, "file") }, { code: "invalid-argument", message: /is no named pipe/ });
  await fail({ stdout: "ftp://host/x" }, { code: "unsupported", message: /ftp is none of fifo, file and binary/ });
  await fail({ stdout: `binary://${directory}/none` }, { code: "unavailable", message: /start the logger/ });
});
