import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { hookState } from "../../../src/host/hooks/hook-state.js";
import { hostHooks } from "../../../src/host/hooks/host-hooks.js";
import { runAllHooks, runHooks } from "../../../src/host/hooks/run-hooks.js";

const state = hookState({ ociVersion: "1.3.0", id: "c1", bundle: "/b", annotations: { a: "b" } }, "creating", 7);

function shell(script: string): { path: string; args: string[] } {
  return { path: "/bin/sh", args: ["sh", "-c", script] };
}

t.test("runHooks() runs a list in order, in its directory, with the state on standard input", async (t) => {
  const directory = t.testdir();
  const hooks = hostHooks({ prestart: [shell("cat > first"), shell("cp first second")] });
  await runHooks("prestart", hooks, { state, directory });
  t.same(JSON.parse(readFileSync(join(directory, "second"), "utf8")), {
    ociVersion: "1.3.0",
    id: "c1",
    status: "creating",
    pid: 7,
    bundle: "/b",
    annotations: { a: "b" },
  });
});

t.test("runHooks() stops at the first failure, in runc's words", async (t) => {
  const directory = t.testdir();
  const hooks = hostHooks({
    createRuntime: [{ path: "/bin/true" }, shell("echo said; echo cried >&2; exit 3"), shell("touch third")],
  });
  await t.rejects(runHooks("createRuntime", hooks, { state, directory }), {
    code: "failed-precondition",
    message: "error running createRuntime hook #1: exit status 3, stdout: said, stderr: cried",
  });
  t.notOk(existsSync(join(directory, "third")));
});

t.test("runHooks() gives a hook its own argv and environment, or the caller's", async (t) => {
  const directory = t.testdir();
  process.env.TSKATA_TEST_HOOK = "inherited";
  t.teardown(() => delete process.env.TSKATA_TEST_HOOK);
  const script = 'echo "$0 $1 ${TSKATA_TEST_HOOK-unset} ${OWN-unset}" >> said';
  const args = ["-c", script, "zero", "one"];
  const hooks = hostHooks({
    prestart: [
      { path: "/bin/sh", args: ["my-name", ...args] },
      { path: "/bin/sh", args: ["sh", ...args], env: ["OWN=a=b"] },
    ],
  });
  await runHooks("prestart", hooks, { state, directory });
  t.equal(readFileSync(join(directory, "said"), "utf8"), "zero one inherited unset\nzero one unset a=b\n");
});

t.test("runHooks() kills a hook whose time is over, with its children", async (t) => {
  const directory = t.testdir();
  const hooks = hostHooks({ prestart: [{ ...shell("sleep 1000 & wait"), timeout: 1 }] });
  await t.rejects(runHooks("prestart", hooks, { state, directory }), {
    message: /^error running prestart hook #0: timed out after 1000 ms/,
  });
});

t.test("runHooks() ends a hook when its caller gives up, with the caller's reason", async (t) => {
  const directory = t.testdir();
  const controller = new AbortController();
  const hooks = hostHooks({ prestart: [shell("kill -USR2 $PPID; sleep 1000")] });
  process.once("SIGUSR2", () => controller.abort(new Error("enough")));
  await t.rejects(runHooks("prestart", hooks, { state, directory, signal: controller.signal }), { message: "enough" });
});

t.test("runHooks() says why a hook could not be run", async (t) => {
  const directory = t.testdir();
  await t.rejects(runHooks("poststart", hostHooks({ poststart: [{ path: "/no/such" }] }), { state, directory }), {
    message: "error running poststart hook #0: /no/such: ENOENT",
  });
});

t.test("runHooks() takes a hook that reads nothing and says more than anybody keeps", async (t) => {
  const directory = t.testdir();
  const big = { ...state, annotations: { big: "x".repeat(300_000) } };
  const hooks = hostHooks({ prestart: [shell("exec <&-; yes | head -c 2000000; exit 1")] });
  await t.rejects(runHooks("prestart", hooks, { state: big, directory }), {
    message: /^error running prestart hook #0: exit status 1, stdout: [y\n]{4000,4100}, stderr: /,
  });
});

t.test("runAllHooks() goes on after a failure, with a warning", async (t) => {
  const directory = t.testdir();
  const warnings: string[] = [];
  const log = { debug: () => undefined, warning: (message: string) => void warnings.push(message) };
  const hooks = hostHooks({ poststop: [{ path: "/bin/false" }, shell("touch second")] });
  await runAllHooks("poststop", hooks, { state, directory }, log);
  t.same(warnings, ["error running poststop hook #0: exit status 1, stdout: , stderr: "]);
  t.ok(existsSync(join(directory, "second")));
});

t.test("hostHooks() leaves out what the guest runs, and lists that are empty", async (t) => {
  t.same(
    hostHooks({ startContainer: [{ path: "/a" }], poststop: [], prestart: [{ path: "/b", timeout: 2n ** 60n }] }),
    {
      prestart: [{ path: "/b", args: ["/b"], timeoutMs: 2 ** 31 - 1 }],
    },
  );
  t.same(hostHooks(undefined), {});
});
