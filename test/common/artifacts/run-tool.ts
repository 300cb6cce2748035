import t from "tap";
import { runTool } from "../../../src/common/artifacts/run-tool.js";

t.test("runTool() returns standard output and passes on every line", async (t) => {
  const lines: string[] = [];
  const script = "echo one; echo two >&2; echo three";
  const output = await runTool("test", "sh", ["-c", script], { onLine: (line) => lines.push(line) });
  t.equal(output, "one\nthree");
  t.strictSame(lines.sort(), ["one", "three", "two"]);
});

t.test("runTool() quotes the last lines of a tool that fails", async (t) => {
  await t.rejects(runTool("compile it", "sh", ["-c", "seq 1 100; echo broken >&2; exit 3"]), {
    code: "internal",
    message: /^compile it: sh failed \(exit status 3\):\n[^]*\n100[^]*broken|broken[^]*\n100/,
  });
});

t.test("runTool() says which tool is missing", async (t) => {
  await t.rejects(runTool("compile it", "no-such-tool", []), { code: "not-found", message: /no-such-tool/ });
});

t.test("runTool() names the signal that ended a tool", async (t) => {
  await t.rejects(runTool("compile it", "sh", ["-c", "kill -KILL $$"]), { message: /SIGKILL/ });
});

t.test("runTool() gives the reason of the signal that ended it", async (t) => {
  const abort = new AbortController();
  const reason = new Error("enough");
  const running = runTool("wait", "sleep", ["1000"], { signal: abort.signal });
  abort.abort(reason);
  await t.rejects(running, reason);
});

t.test("runTool() sets variables and the working directory", async (t) => {
  const cwd = t.testdir();
  t.equal(await runTool("test", "sh", ["-c", 'echo "$X"; pwd'], { cwd, env: { X: "y" } }), `y\n${cwd}`);
});
