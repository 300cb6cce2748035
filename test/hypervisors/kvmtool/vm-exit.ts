import t from "tap";
import { vmExitOf } from "../../../hypervisors/kvmtool/vm-exit.js";

t.test("vmExitOf() puts what the guest did before what was done to lkvm", async (t) => {
  const killed = { exitCode: null, signal: "SIGKILL", stderr: "" } as const;
  const ended = { exitCode: 0, signal: null, stderr: "" };
  const of = (isHalted: boolean, stopRequested: boolean, process: typeof killed | typeof ended): string =>
    vmExitOf({ isHalted, stopRequested, process }).kind;
  t.equal(of(true, true, killed), "guest-shutdown");
  t.equal(of(false, true, killed), "stopped");
  t.equal(of(false, true, ended), "guest-panic");
  t.equal(of(false, false, killed), "vmm-died");
});
