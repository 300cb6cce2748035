import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

t.test("pool start takes the number of VMs that wait", async (t) => {
  t.match(await runCli(["pool", "start", "--size", "3"]), { status: 0, calls: [["startPool", 3]] });
  for (const args of [[], ["--size", "0"], ["--size", "257"], ["--size", "many"]]) {
    t.match(await runCli(["pool", "start", ...args]), { status: 1, calls: [] });
  }
});

t.test("pool status tells what waits, for people and as JSON", async (t) => {
  const status = { size: 2, waiting: ["a"], making: true, pid: 7 };
  const failure = { reason: "no memory", at: "2026-01-02T03:04:05.000Z" };
  const told = await runCli(["pool", "status"], { runtime: { poolStatus: status } });
  t.equal(told.out, "1 of 2 VMs wait, one is being made; kept by process 7\n");
  const failed = await runCli(["pool", "status"], { runtime: { poolStatus: { ...status, failure } } });
  t.match(failed.out, /the last one could not be made at 2026-01-02T03:04:05.000Z: no memory\n$/);
  const json = await runCli(["pool", "status", "--format", "json"], { runtime: { poolStatus: status } });
  t.same(JSON.parse(json.out), status);
});

t.test("pool stop stops it", async (t) => {
  t.match(await runCli(["pool", "stop"]), { status: 0, calls: [["stopPool"]] });
});
