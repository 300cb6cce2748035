import t from "tap";
import type { Finding } from "../../../../src/host/check/finding.js";
import { runCli } from "../fixtures/run-cli.js";

const INSTALL = "apt-get install qemu-system-x86";
const findings: readonly Finding[] = [
  { subject: "user", level: "ok", detail: "root" },
  { subject: "vsock", level: "warning", detail: "no device", remedy: "modprobe vhost_vsock" },
  { subject: "hypervisor", level: "ok", detail: "qemu (automatic: this is no Xen dom0)" },
  { driver: "qemu", subject: "qemu", level: "missing", detail: "not in PATH", remedy: INSTALL },
  { driver: "xen", subject: "dom0", level: "note", detail: "this is none", remedy: "boot Xen" },
  { driver: "xen", subject: "xl", level: "ok", detail: "4.17" },
];
const hypervisor = { driver: "qemu", reason: "automatic: this is no Xen dom0" };

t.test("check prints each finding with its remedy, those of drivers under their names, and a verdict", async (t) => {
  const { status, out } = await runCli(["check"], { runtime: { checkHost: { usable: false, hypervisor, findings } } });
  t.equal(status, 1);
  t.equal(
    out,
    [
      "ok      user: root",
      "warn    vsock: no device",
      "        to mend it: modprobe vhost_vsock",
      "ok      hypervisor: qemu (automatic: this is no Xen dom0)",
      "",
      "The driver qemu, which runs new VMs:",
      "MISSING qemu: not in PATH",
      "        to mend it: apt-get install qemu-system-x86",
      "",
      "The driver xen, which isn't used:",
      "note    dom0: this is none",
      "        to mend it: boot Xen",
      "ok      xl: 4.17",
      "",
      "This machine can't run containers with tskata yet.",
      "",
    ].join("\n"),
  );
});

t.test("check succeeds on a machine that can run containers", async (t) => {
  const { status, out } = await runCli(["check"], {
    runtime: { checkHost: { usable: true, findings: findings.slice(0, 1) } },
  });
  t.equal(status, 0);
  t.match(out, /\nThis machine can run containers with tskata\.\n$/);
});

t.test("check --json prints the report", async (t) => {
  const report = { usable: false, hypervisor, findings };
  const { status, out } = await runCli(["check", "--json"], { runtime: { checkHost: report } });
  t.equal(status, 1);
  t.strictSame(JSON.parse(out), report);
});
