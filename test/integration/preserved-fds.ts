import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { collect, type CommandResult, TestTskata } from "../support/tskata.js";

const DEADLINE_MS = 60_000;
const COMMAND = fileURLToPath(new URL("../../bin/tskata", import.meta.url));

/** Runs a command that passes descriptors on: numbers of ours, or "pipe" for a socket. */
function passing(
  tskata: TestTskata,
  args: readonly string[],
  fds: readonly (number | "pipe")[],
): { ended: Promise<CommandResult>; streamAt: (fd: number) => Duplex } {
  const child = tskata.spawn(args, { stdio: ["ignore", "pipe", "pipe", ...fds] });
  const ended = collect(child, args.join(" "), DEADLINE_MS);
  return { ended, streamAt: (fd) => child.stdio[fd] as unknown as Duplex };
}

/** Opens a file until the end of the test. */
function open(t: Test, path: string, flags: string | number): number {
  const fd = openSync(path, flags);
  t.teardown(() => closeSync(fd));
  return fd;
}

t.test("run passes a file to read, one to write, a pipe and a socket on", async (t) => {
  const tskata = new TestTskata(t);
  const path = (name: string): string => join(tskata.directory, name);
  writeFileSync(path("in"), "from a file\n");
  writeFileSync(path("out"), "old\n");
  execFileSync("bash", ["-c", 'mkfifo "$0"', path("fifo")]);
  const fifo = open(t, path("fifo"), constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path("fifo"), "w");
  writeFileSync(writer, "from a pipe\n");
  closeSync(writer);
  const script = "cat /proc/self/fd/3; cat <&5; echo new >&4; read line <&6; echo got $line >&6";
  const bundle = tskata.bundle({ process: { args: ["sh", "-c", script] } });
  const args = ["run", "--preserve-fds", "4", "--bundle", bundle, tskata.newId()];
  const { ended, streamAt } = passing(tskata, args, [
    open(t, path("in"), "r"),
    open(t, path("out"), "a"),
    fifo,
    "pipe",
  ]);
  const socket = streamAt(6);
  socket.write("a question\n");
  t.equal(await text(socket), "got a question\n");
  t.match(await ended, { status: 0, text: "from a file\nfrom a pipe", stderr: "" });
  t.equal(readFileSync(path("out"), "utf8"), "old\nnew\n");
  t.strictSame(await tskata.leaks(), []);
});

t.test("descriptors that exec passes on, in one container", async (t) => {
  const tskata = new TestTskata(t);
  const { id } = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
  const exec = (count: number, script: string): string[] => [
    ...["exec", "--preserve-fds", String(count), id],
    ...["sh", "-c", script],
  ];

  t.test("it has those that were asked for, and no others", async (t) => {
    const script = "cd /proc/self/fd; for fd in *; do [ -e $fd ] && echo $fd; done; true";
    const { ended } = passing(tskata, exec(2, script), [2, 2, 2, 2]);
    t.match(await ended, { status: 0, text: "0\n1\n2\n3\n4" });
  });

  t.test("20 MB go through a socket and back unchanged", async (t) => {
    const { ended, streamAt } = passing(tskata, exec(1, "cat <&3 >&3"), ["pipe"]);
    const socket = streamAt(3);
    socket.allowHalfOpen = true;
    const line = `${"0123456789abcdef".repeat(64)}\n`;
    const sent = line.repeat(20_000);
    socket.end(sent);
    t.ok(sent === (await text(socket)), "what came back is what was sent");
    t.match(await ended, { status: 0 });
  });

  t.test("a process' end is not held up by input that nobody closes", async (t) => {
    const { ended, streamAt } = passing(tskata, exec(1, "echo written >&3"), ["pipe"]);
    t.equal(await text(streamAt(3)), "written\n");
    t.match(await ended, { status: 0 });
  });

  t.test("one that isn't open is refused in runc's words", async (t) => {
    const { ended } = passing(tskata, exec(2, "true"), [2]);
    const stderr = /exec .*: unable to stat preserved-fd 1 \(of 2\): no such file or directory/;
    t.match(await ended, { status: 255, stderr });
  });

  t.test("a directory is refused", async (t) => {
    const { ended } = passing(tskata, exec(1, "true"), [open(t, "/", constants.O_RDONLY)]);
    t.match(await ended, { status: 255, stderr: /descriptor 3 is a directory, .*; mount it/ });
  });

  t.test("a listening socket is refused", async (t) => {
    const server = createServer().listen(0, "127.0.0.1");
    t.teardown(() => server.close());
    await once(server, "listening");
    const { fd } = Reflect.get(server, "_handle") as { fd: number };
    const { ended } = passing(tskata, exec(1, "true"), [fd]);
    t.match(await ended, { status: 255, stderr: /descriptor 3 is a listening socket: .*; pass a connected one/ });
  });

  t.test("those of LISTEN_FDS come first, where it speaks of the very command", async (t) => {
    const script = 'LISTEN_PID=$$; export LISTEN_PID; exec "$@"';
    const args = ["--root", tskata.stateRoot, ...exec(1, "echo $LISTEN_FDS $LISTEN_PID; cat <&3; cat <&4")];
    const child = spawn("sh", ["-c", script, "sh", COMMAND, ...args], {
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
      env: { ...process.env, TSKATA_CONFIG: tskata.configPath, LISTEN_FDS: "1" },
    });
    (child.stdio[3] as Duplex).end("three\n");
    (child.stdio[4] as Duplex).end("four\n");
    t.match(await collect(child, "exec", DEADLINE_MS), { status: 0, text: "1 1\nthree\nfour" });
    const other = { LISTEN_FDS: "1", LISTEN_PID: "1" };
    t.equal(await tskata.ok(["exec", id, "sh", "-c", "echo $LISTEN_FDS"], { env: other }), "");
  });
});
