import t from "tap";
import { vmExitOf, type EndEvent } from "../../../hypervisors/qemu/vm-exit.js";

const process = { exitCode: 0, signal: null, stderr: "" };
const timestamp = { seconds: 1, microseconds: 0 };

function shutdown(reason: Extract<EndEvent, { name: "SHUTDOWN" }>["data"]["reason"]): EndEvent {
  return { name: "SHUTDOWN", data: { guest: true, reason }, timestamp };
}

t.test("vmExitOf() goes by what the guest did first", (t) => {
  const evidence = { stopRequested: true, process };
  t.strictSame(vmExitOf({ ...evidence, event: shutdown("guest-shutdown") }), { kind: "guest-shutdown" });
  t.strictSame(vmExitOf({ ...evidence, event: shutdown("guest-panic") }), { kind: "guest-panic" });
  t.strictSame(vmExitOf({ ...evidence, event: shutdown("guest-reset") }), { kind: "guest-panic" });
  const panicked: EndEvent = { name: "GUEST_PANICKED", data: { action: "poweroff" }, timestamp };
  t.strictSame(vmExitOf({ ...evidence, event: panicked }), { kind: "guest-panic" });
  t.end();
});

t.test("vmExitOf() tells our stop from anybody else's", (t) => {
  const killed = { exitCode: null, signal: "SIGKILL", stderr: "" } as const;
  t.strictSame(vmExitOf({ event: undefined, stopRequested: true, process: killed }), { kind: "stopped" });
  t.strictSame(vmExitOf({ event: undefined, stopRequested: false, process: killed }), { kind: "vmm-died", ...killed });
  const event = shutdown("host-signal");
  t.strictSame(vmExitOf({ event, stopRequested: false, process }), { kind: "vmm-died", ...process });
  t.end();
});
