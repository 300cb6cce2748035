import t from "tap";
import type { Operation } from "../../../src/agent/kernel/operation.js";
import { plainPlan } from "./fixtures/container-plan.js";
import { rejectsWith, runPlan } from "./fixtures/run-plan.js";

function hook(script: string, rest: Partial<Extract<Operation, { op: "run" }>> = {}): Operation {
  return { op: "run", path: "/bin/sh", args: ["sh", "-c", script], env: [], stdin: "", timeoutMs: 0, ...rest };
}

const run = (...operations: Operation[]) => runPlan(plainPlan(["cat", "result"], operations));

void t.test("a hook gets its input, its arguments and only its own environment", async (t) => {
  const directory = t.testdir();
  const result = await run(
    { op: "chdir", path: directory, attempt: "must" },
    hook('{ cat; echo; echo "$A $0 $1"; cat /proc/$$/environ | tr "\\0" "\\n" | grep -c =; } > result', {
      args: ["sh", "-c", '{ cat; echo; echo "$A $0 $1"; } > result', "zero", "one"],
      env: ["A=b", "PATH=/bin:/usr/bin"],
      stdin: '{"state":1}',
    }),
  );
  t.equal(result.stdout, '{"state":1}\nb zero one\n');
});

void t.test("a hook that fails is an error that has what it said", async (t) => {
  await rejectsWith(t, run(hook("echo said; echo complained >&2; exit 3")), {
    operation: "run",
    errno: "ECHILD",
    detail: "exit status 3, stdout: said\n, stderr: complained\n",
  });
  await rejectsWith(t, run(hook("kill -KILL $$")), { detail: "signal: killed, stdout: , stderr: " });
});

void t.test("a hook that doesn't exist is an error", async (t) => {
  await rejectsWith(t, run(hook("", { path: "/nonexistent" })), {
    errno: "ECHILD",
    detail: "exit status 127, stdout: , stderr: /nonexistent: No such file or directory",
  });
});

void t.test("a hook that takes too long is killed", async (t) => {
  await rejectsWith(t, run(hook("echo slow; exec sleep 1000", { timeoutMs: 100, env: ["PATH=/bin:/usr/bin"] })), {
    errno: "ETIMEDOUT",
    detail: "timed out, stdout: slow\n, stderr: ",
  });
});

void t.test("much output, unread input and children left behind hold nothing up", async (t) => {
  const env = ["PATH=/bin:/usr/bin"];
  const result = await runPlan(
    plainPlan(
      ["echo", "done"],
      [
        hook("head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2", { env }),
        hook("exit 0", { stdin: "x".repeat(300_000) }),
        hook("sleep 1 & exit 0", { env, timeoutMs: 60_000 }),
      ],
    ),
  );
  t.equal(result.stdout, "done\n");
});
