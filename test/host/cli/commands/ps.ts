import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

const row = {
  pid: 1,
  parentPid: 0,
  uid: 0,
  userName: "root",
  startTimeMs: 0,
  cpuTimeMs: 0,
  terminal: "",
  state: "S",
  command: "sh -x",
  residentBytes: 1024,
  virtualBytes: 2048,
};

t.test("ps prints the host's pids as JSON", async (t) => {
  const { out, calls } = await runCli(["ps", "--format", "json", "one"], { runtime: { monitorPids: [10, 12] } });
  t.equal(out, "[10,12]\n");
  t.strictSame(calls, [["monitorPids", "one"]]);
});

t.test("ps prints the guest's processes with the options of ps(1)", async (t) => {
  const runtime = { guestProcesses: [row] };
  const { out, calls } = await runCli(["ps", "one", "-o", "pid,args"], { runtime });
  t.equal(out, "PID COMMAND\n  1 sh -x\n");
  t.strictSame(calls, [["guestProcesses", "one"]]);
  t.match(
    (await runCli(["ps", "-f", "table", "one"], { runtime })).out,
    /^UID +PID PPID +C STIME +TTY +TIME CMD\nroot +1 +0 /,
  );
});

t.test("ps refuses options before it asks the guest", async (t) => {
  t.match(await runCli(["ps", "one", "--forest"]), {
    status: 1,
    calls: [],
    error: /^tskata: error: ps: the option --forest/,
  });
});
