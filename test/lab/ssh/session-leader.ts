import { spawnSync } from "node:child_process";
import { text } from "node:stream/consumers";
import t from "tap";
import { SessionLeader } from "../../../src/lab/ssh/session-leader.js";

/** What is left of a standard error that comes in pieces, and the group that it told. */
async function filtered(leader: SessionLeader, pieces: readonly Buffer[]): Promise<[string, number | undefined]> {
  const rest = text(leader.filter);
  for (const piece of pieces) leader.filter.write(piece);
  leader.filter.end();
  return [await rest, await leader.group];
}

/** The line that a leader looks for, as a shell with this pid writes it. */
function lineOf(leader: SessionLeader, pid: number): string {
  return leader.wrap("").replace(/^echo (\S+)\$\$ >&2\n$/, `$1${pid}\n`);
}

t.test("a session leader takes its line out, wherever the text is split", async (t) => {
  const { length } = `before\n${lineOf(new SessionLeader(), 4711)}after é`;
  for (let at = 0; at <= length; at += 1) {
    const leader = new SessionLeader();
    const bytes = Buffer.from(`before\n${lineOf(leader, 4711)}after é`);
    const found = await filtered(leader, [bytes.subarray(0, at), bytes.subarray(at)]);
    t.same(found, ["before\nafter é", 4711], `split at ${at}`);
  }
});

t.test("a session leader passes on what comes without its line", async (t) => {
  t.same(await filtered(new SessionLeader(), [Buffer.from("one\ntwo")]), ["one\ntwo", undefined]);
  const long = "x".repeat(200_000);
  const leader = new SessionLeader();
  const late = [Buffer.from(long), Buffer.from(`\n${lineOf(leader, 1)}`)];
  t.same(await filtered(leader, late), [`${long}\n${lineOf(leader, 1)}`, undefined], "and doesn't look for ever");
});

t.test("a wrapped command is the shell's own, with its status", async (t) => {
  const leader = new SessionLeader();
  const { pid, status, stdout, stderr } = spawnSync("sh", ["-c", leader.wrap("echo out; exit 3")]);
  t.match({ status, stdout: stdout.toString() }, { status: 3, stdout: "out\n" });
  t.same(await filtered(leader, [stderr]), ["", pid]);
});
