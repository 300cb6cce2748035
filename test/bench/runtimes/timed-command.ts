import t from "tap";
import { timedCommand } from "../../../bench/runtimes/timed-command.js";

t.test("a command is measured from its start to its end, with its input and environment", async (t) => {
  let outputMs = 0;
  const startMs = performance.now();
  const onOutput = (): void => void (outputMs = performance.now() - startMs);
  const script = 'read line; [ "$line" = hello ] && echo && [ "$MORE" = yes ] && exec sleep "$1"';
  const command = { command: ["sh", "-c", script, "sh"], env: { MORE: "yes" } } as const;
  const durationMs = await timedCommand(command, ["0.2"], { input: Buffer.from("hello\n"), onOutput });
  t.ok(durationMs >= 200, `${durationMs} ms`);
  t.ok(outputMs > 0 && outputMs < durationMs, `its first byte came after ${outputMs} ms`);
});

t.test("who is left with its output doesn't keep a command from having ended", async (t) => {
  const script = 'sleep 100000 & echo "$!" > "$1"';
  const pidFile = `${t.testdir()}/pid`;
  const durationMs = await timedCommand({ command: ["sh", "-c", script, "sh"], env: {} }, [pidFile]);
  t.ok(durationMs < 60_000);
  await timedCommand({ command: ["sh", "-c", 'read pid < "$1" && kill "$pid"', "sh"], env: {} }, [pidFile]);
});

t.test("a command that fails is named with how it ended", async (t) => {
  await t.rejects(timedCommand({ command: ["sh", "-c"], env: {} }, ["exit 3"]), {
    message: "sh -c exit 3: ended with status 3",
  });
  await t.rejects(timedCommand({ command: ["sh", "-c"], env: {} }, ["kill -9 $$"]), { message: /ended with SIGKILL$/ });
  await t.rejects(timedCommand({ command: ["/nowhere/at-all"], env: {} }, []), { code: "ENOENT" });
});
