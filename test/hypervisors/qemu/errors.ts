import t from "tap";
import { QmpCommandError, QmpError } from "qemu-qmp-client";
import { endedEarly, fromControlError } from "../../../hypervisors/qemu/errors.js";

t.test("fromControlError() translates each code", (t) => {
  const cases = [
    ["closed", "unavailable"],
    ["timeout", "deadline"],
    ["protocol", "internal"],
    ["overflow", "internal"],
  ] as const;
  for (const [code, wanted] of cases) {
    const cause = new QmpError(code, "text");
    t.match(fromControlError("pause the VM", cause), { code: wanted, message: /^pause the VM: /, cause });
  }
  const refused = new QmpCommandError("stop", "GenericError", "no");
  t.match(fromControlError("pause the VM", refused), { code: "internal", cause: refused });
  t.end();
});

t.test("fromControlError() gives the reason of an abort, and leaves other errors alone", (t) => {
  const reason = new Error("enough");
  t.equal(fromControlError("x", new QmpError("aborted", "text", { cause: reason })), reason);
  t.match(fromControlError("x", new QmpError("aborted", "text")), { code: "aborted" });
  t.equal(fromControlError("x", reason), reason);
  t.end();
});

t.test("endedEarly() says what to do where KVM is refused", (t) => {
  const stderr =
    "Could not access KVM kernel module: Permission denied\nqemu: failed to initialize kvm: Permission denied\n";
  const refused = endedEarly({ exitCode: 1, signal: null, stderr });
  t.match(refused, { code: "permission", message: /^QEMU can't open \/dev\/kvm: Permission denied; .*group kvm/ });
  const missing = endedEarly({ exitCode: 1, signal: null, stderr: "Could not access KVM kernel module: No such file" });
  t.match(missing, { code: "unavailable", message: /\/dev\/kvm: No such file; modprobe/ });
  t.end();
});

t.test("endedEarly() shows the status or signal and what QEMU said", (t) => {
  const silent = endedEarly({ exitCode: 1, signal: null, stderr: "\n" });
  t.match(silent, { code: "unavailable", message: "QEMU ended before the guest ran (exit status 1)" });
  const killed = endedEarly({ exitCode: null, signal: "SIGSEGV", stderr: "qemu: bad\n" });
  t.match(killed, { message: "QEMU ended before the guest ran (signal SIGSEGV): qemu: bad" });
  t.end();
});
