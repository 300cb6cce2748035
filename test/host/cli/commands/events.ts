import t from "tap";
import { TskataError } from "../../../../src/common/error.js";
import { Command } from "commander";
import type { CommandContext } from "../../../../src/host/cli/command-context.js";
import { defineEvents } from "../../../../src/host/cli/commands/events.js";
import { Log } from "../../../../src/common/log.js";
import type { Runtime } from "../../../../src/host/runtime/api.js";
import type { ContainerStats } from "../../../../src/host/sandbox/control-protocol.js";
import { runCli } from "../fixtures/run-cli.js";

const stats = '{"memory":{"usage":{"limit":18446744073709551615}}}';

function figures(statsJson: string, oomKills = 0): ContainerStats {
  return { statsJson, oomKills };
}

/** Runs `events` with one answer after the other. */
async function events(answers: (ContainerStats | Error)[]): Promise<string> {
  let out = "";
  const runtime = {
    containerStats: async () => {
      const answer = answers.shift();
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error("asked too often");
      return answer;
    },
  } as unknown as Runtime;
  const context: CommandContext = {
    runtime: async () => runtime,
    print: (text) => {
      out += text;
    },
    readText: async () => "",
    log: new Log({ format: "text", minimum: "error", write: () => undefined }),
    exitWith: () => undefined,
  };
  const command = new Command();
  defineEvents(command, context);
  await command.parseAsync(["--interval", "1ms", "one"], { from: "user" });
  return out;
}

t.test("events --stats prints one line with all digits", async (t) => {
  const containerStats = { statsJson: stats, oomKills: 3 };
  const { out, calls } = await runCli(["events", "--stats", "one"], { runtime: { containerStats } });
  t.equal(out, `{"type":"stats","id":"one","data":${stats}}\n`);
  t.strictSame(calls, [["containerStats", "one"]]);
});

t.test("events prints lines until the container stops", async (t) => {
  for (const code of ["failed-precondition", "not-found", "unavailable"] as const) {
    const out = await events([figures("1"), figures("2"), figures("3"), new TskataError(code, "gone")]);
    t.strictSame(
      out
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { data: number }).data),
      [1, 2, 3],
    );
  }
});

t.test("events tells of each process that was killed for want of memory since it began", async (t) => {
  const out = await events([figures("1", 1), figures("2", 3), figures("3", 3), new TskataError("not-found", "gone")]);
  t.equal(
    out.match(/"type":"\w+"/g)?.join(" "),
    '"type":"stats" "type":"oom" "type":"oom" "type":"stats" "type":"stats"',
  );
  t.match(out, /^\{"type":"oom","id":"one"\}$/m);
});

t.test("events prints a bounded number of lines, whatever the guest counts", async (t) => {
  const out = await events([
    figures("1"),
    figures("2", 2 ** 32 - 1),
    figures("3"),
    new TskataError("not-found", "gone"),
  ]);
  t.equal(out.match(/"oom"/g)?.length, 1000);
  t.equal(out.match(/"stats"/g)?.length, 3);
});

t.test("events passes on what fails at first, and what is no end", async (t) => {
  await t.rejects(events([new TskataError("failed-precondition", "not running")]), { message: "not running" });
  await t.rejects(events([figures("1"), new TskataError("deadline", "late")]), { message: "late" });
  await t.rejects(events([figures("1"), new Error("odd")]), { message: "odd" });
});

t.test("events refuses an interval that is none", async (t) => {
  t.match(await runCli(["events", "--interval", "0s", "one"]), { status: 1, calls: [] });
});
