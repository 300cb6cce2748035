import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

t.test("update makes resources of its options", async (t) => {
  const { status, calls } = await runCli(["update", "--memory=64m", "--cpu-quota", "-1", "--cpu-share", "512", "one"]);
  t.equal(status, 0);
  t.strictSame(calls, [["updateContainer", "one", '{"cpu":{"shares":512,"quota":-1},"memory":{"limit":67108864}}']]);
});

t.test("update reads resources from a file or standard input", async (t) => {
  const text = '{"memory":{"limit":9223372036854775807},"cpu":null}';
  for (const args of [["--resources", "-"], ["-r", "-"], ["--resources=/r.json"]]) {
    const { calls } = await runCli(["update", ...args, "one"], { files: { "-": text, "/r.json": text } });
    t.strictSame(calls, [["updateContainer", "one", '{"memory":{"limit":9223372036854775807}}']]);
  }
});

t.test("update passes over the other options where resources are given", async (t) => {
  const files = { "/r": '{"pids":{"limit":5}}' };
  const { calls } = await runCli(["update", "--memory", "64m", "-r", "/r", "one"], { files });
  t.strictSame(calls, [["updateContainer", "one", '{"pids":{"limit":5}}']]);
});

t.test("update tells what is wrong with resources", async (t) => {
  const bad = await runCli(["update", "-r", "-", "one"], { files: { "-": '{"pids":{"limit":"many"}}' } });
  t.match(bad, { status: 1, calls: [], error: /^tskata: error: update one: pids\.limit: found "many"/ });
  const broken = await runCli(["update", "-r", "/r", "one"], { files: { "/r": "{" } });
  t.match(broken, { status: 1, error: /^tskata: error: \/r: / });
});
