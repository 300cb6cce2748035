import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

const findings = [
  { subject: "user", level: "ok" as const, detail: "root" },
  { subject: "vsock", level: "warning" as const, detail: "no device", remedy: "modprobe vhost_vsock" },
  { subject: "QEMU", level: "missing" as const, detail: "not in PATH", remedy: "apt-get install qemu-system-x86" },
];

t.test("check prints each finding with its remedy, and a verdict", async (t) => {
  const { status, out } = await runCli(["check"], { runtime: { checkHost: { usable: false, findings } } });
  t.equal(status, 1);
  t.equal(
    out,
    [
      "ok      user: root",
      "warn    vsock: no device",
      "        to mend it: modprobe vhost_vsock",
      "MISSING QEMU: not in PATH",
      "        to mend it: apt-get install qemu-system-x86",
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
  const report = { usable: false, findings };
  const { status, out } = await runCli(["check", "--json"], { runtime: { checkHost: report } });
  t.equal(status, 1);
  t.strictSame(JSON.parse(out), report);
});
