import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

t.test("checkpoint passes on paths and what CRIU has to cope with", async (t) => {
  const args = ["--image-path", "/i", "--work-path=/w", "--tcp-established", "--leave-running", "--shell-job"];
  const { status, calls } = await runCli(["checkpoint", ...args, "--manage-cgroups-mode", "ignore", "one"]);
  t.equal(status, 0);
  const options = {
    criu: { tcpEstablished: true, extUnixSk: false, shellJob: true, fileLocks: false },
    leaveRunning: true,
    tcpSkipInFlight: false,
    linkRemap: false,
  };
  t.strictSame(calls, [["checkpointContainer", "one", { imagePath: "/i", workPath: "/w" }, options]]);
  const plain = await runCli(["checkpoint", "one"]);
  t.match(plain.calls, [["checkpointContainer", "one", { imagePath: "checkpoint" }, { leaveRunning: false }]]);
});

t.test("checkpoint refuses what isn't built, and a mode that there isn't", async (t) => {
  for (const args of [["--pre-dump"], ["--parent-path", "../x"], ["--lazy-pages"], ["--page-server", "a:1"]]) {
    const { status, error, calls } = await runCli(["checkpoint", ...args, "one"]);
    t.equal(status, 1);
    t.match(error, `tskata: error: checkpoint one: ${args[0]} is not supported`);
    t.strictSame(calls, []);
  }
  t.match(await runCli(["checkpoint", "--manage-cgroups-mode", "some", "one"]), { status: 1, calls: [] });
});
