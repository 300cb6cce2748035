import { spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import t, { type Test } from "tap";
import { takeInheritedFds } from "../../../src/host/runtime/inherited-fds.js";
import { listenFds } from "../../../src/host/runtime/listen-fds.js";
import { preservedFds } from "../../../src/host/runtime/preserved-fds.js";
import { withEnvironment } from "../../../src/host/runtime/with-environment.js";

const MODULE = new URL("../../../build/js/src/host/runtime/preserved-fds.js", import.meta.url).href;

/** What preservedFds() finds, or why it fails, in a process whose shell redirected its descriptors. */
async function foundBehind(t: Test, redirections: string, count: number): Promise<string> {
  const directory = t.testdir({ file: "text" });
  const program = `import(${JSON.stringify(MODULE)}).then(({ preservedFds }) => {
    try { console.log(preservedFds("exec x", ${count}, () => new Set([3, 4, 5, 6])).directions); }
    catch (error) { console.log(error.code + ": " + error.message); }
  });`;
  const command = `exec "$0" --input-type=module --eval "$1" ${redirections}`;
  const child = spawn("bash", ["-c", command, process.execPath, program], {
    cwd: directory,
    stdio: ["ignore", "pipe", "inherit"],
  });
  return (await text(child.stdout)).trim();
}

t.test("preservedFds() finds what can be done with each descriptor", async (t) => {
  t.equal(await foundBehind(t, "3<file 4>>file 5< <(true) 6> >(cat)", 4), "rwrw");
  t.equal(await foundBehind(t, "3<>/dev/null 4</dev/null 5>/dev/null", 3), "brw");
});

t.test("preservedFds() refuses descriptors whose bytes can't be carried", async (t) => {
  for (const [redirection, reason] of [
    ["3<.", "is a directory"],
    ["3<>file", "is open for reading and writing"],
  ] as const) {
    t.match(await foundBehind(t, redirection, 1), `unsupported: exec x: descriptor 3 ${reason}`);
  }
});

t.test("preservedFds() misses a descriptor in runc's words, and knows a bound", async (t) => {
  const none = (): ReadonlySet<number> => new Set();
  t.same(preservedFds("exec x", 0, none, 0), { directions: "", environment: [] });
  t.throws(() => preservedFds("exec x", 2, none, 0), {
    code: "not-found",
    message: "exec x: unable to stat preserved-fd 0 (of 2): no such file or directory",
  });
  t.throws(() => preservedFds("exec x", 0, none, 1), {
    code: "not-found",
    message: "exec x: unable to stat LISTEN_FDS 3 (of 1): no such file or directory",
  });
  t.throws(() => preservedFds("exec x", 65, none, 0), {
    code: "invalid-argument",
    message: "exec x: --preserve-fds 65: at most 64 can be passed on",
  });
  t.throws(() => preservedFds("exec x", 60, none, 5), { message: /: --preserve-fds 60 and LISTEN_FDS=5: at most 64/ });
});

t.test("listenFds() counts what was passed to this process and no other", async (t) => {
  t.equal(listenFds({ LISTEN_FDS: "2", LISTEN_PID: "7" }, 7), 2);
  t.equal(listenFds({ LISTEN_FDS: "2", LISTEN_PID: "8" }, 7), 0);
  t.equal(listenFds({ LISTEN_FDS: "2" }, 7), 0);
  t.equal(listenFds({ LISTEN_FDS: "-2", LISTEN_PID: "7" }, 7), 0);
  t.equal(listenFds({}, 7), 0);
});

t.test("takeInheritedFds() takes the word of the very command, out of the environment", async (t) => {
  const environment = { TSKATA_INHERITED_FDS: "7 /proc/self/fd/0 /proc/self/fd/12", OTHER: "1" };
  t.same([...takeInheritedFds(environment, 7)()], [0, 12]);
  t.same(environment, { OTHER: "1" });
  for (const value of [undefined, "", "8 /proc/self/fd/3"]) {
    t.throws(takeInheritedFds({ TSKATA_INHERITED_FDS: value }, 7), { code: "unsupported" });
  }
});

t.test("the command's shell tells the caller's descriptors from its own, and from Node's", async (t) => {
  const directory = t.testdir({});
  const log = join(directory, "log");
  writeFileSync(join(directory, "node"), '#!/bin/sh\necho "$$ $TSKATA_INHERITED_FDS" >"$LOG"\n', { mode: 0o755 });
  const command = new URL("../../../bin/tskata", import.meta.url).pathname;
  const { status } = spawnSync(command, [], {
    stdio: ["ignore", "ignore", "inherit", 2, 2],
    env: { PATH: `${directory}:/bin:/usr/bin`, LOG: log },
  });
  t.equal(status, 0);
  const [pid, finder, ...paths] = readFileSync(log, "utf8").trim().split(" ");
  t.equal(pid, finder);
  const fds = paths.map((path) => Number(/^\/proc\/self\/fd\/(\d+)$/.exec(path)?.[1]));
  // A test runner may have left others open, with high numbers; the shell has the script at 10.
  t.same(
    fds.filter((fd) => fd < 100),
    [0, 1, 2, 3, 4],
  );
});

t.test("the command's shell spares Node the certificates that it would read", async (t) => {
  const directory = t.testdir({});
  const log = join(directory, "log");
  writeFileSync(join(directory, "node"), '#!/bin/sh\nenv >"$LOG"\n', { mode: 0o755 });
  const command = new URL("../../../bin/tskata", import.meta.url).pathname;
  const env = { PATH: `${directory}:/bin:/usr/bin`, LOG: log, OTHER: "1", NODE_EXTRA_CA_CERTS: "/etc/certificates" };
  t.equal(spawnSync(command, [], { stdio: ["ignore", "ignore", "inherit"], env }).status, 0);
  const words = readFileSync(log, "utf8");
  t.match(words, /^OTHER=1$/m);
  t.notMatch(words, "NODE_EXTRA_CA_CERTS");
});

t.test("withEnvironment() adds variables behind the others", async (t) => {
  t.equal(withEnvironment('{"cwd":"/"}', []), '{"cwd":"/"}');
  t.same(JSON.parse(withEnvironment('{"cwd":"/","env":["A=1"]}', ["LISTEN_PID=1"])), {
    cwd: "/",
    env: ["A=1", "LISTEN_PID=1"],
  });
  t.same(JSON.parse(withEnvironment("{}", ["B=2"])), { env: ["B=2"] });
});
