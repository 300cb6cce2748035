import t from "tap";
import { QemuHypervisor } from "../../../hypervisors/qemu/driver.js";
import { versionFinding } from "../../../hypervisors/qemu/probe.js";
import { stubDriver } from "./fixtures/stub.js";

t.test("probe() of this machine's QEMU tries its accelerators", async (t) => {
  const { usable, findings } = await new QemuHypervisor().probe();
  t.equal(usable, true);
  t.strictSame(
    findings.map(({ subject }) => subject),
    ["qemu", "kvm", "tcg", "qemu user"],
  );
  for (const { level, remedy } of findings) t.ok(level !== "missing" || remedy !== undefined);
});

t.test("probe() says how to install a QEMU that is missing", async (t) => {
  t.match(await new QemuHypervisor({ binary: "/nonexistent/qemu" }).probe(), {
    usable: false,
    findings: [{ subject: "qemu", level: "missing", remedy: "apt-get install qemu-system-x86" }],
  });
});

t.test("probe() reports a QEMU that can't say its version", async (t) => {
  const { usable, findings } = await new QemuHypervisor({ binary: "/bin/false" }).probe();
  t.equal(usable, false);
  t.match(findings, [{ subject: "qemu", level: "missing", detail: /^\/bin\/false --version failed/ }]);
});

t.test("probe() goes by the accelerator that the configuration asks for", async (t) => {
  const tcg = await stubDriver(t, "", { accelerator: "tcg" });
  t.match(await tcg.driver.probe(), { usable: true });
  const kvm = await stubDriver(t, "", { accelerator: "kvm" });
  const { usable, findings } = await kvm.driver.probe();
  const finding = findings.find(({ subject }) => subject === "kvm");
  t.equal(usable, finding?.level === "ok");
  t.ok(usable || finding?.level === "missing");
});

t.test(
  "probe() tells whose QEMU is where it keeps its user",
  { skip: process.getuid?.() !== 0 && "takes root" },
  async (t) => {
    const { driver } = await stubDriver(t, "", { accelerator: "tcg", user: "nobody-knows", keepUser: true });
    t.strictSame(driver.vmmUser, { uid: 0, gid: 0 });
    const finding = (await driver.probe()).findings.find(({ subject }) => subject === "qemu user");
    t.match(finding, { level: "ok", detail: "QEMU runs as the caller, without capabilities" });
  },
);

t.test("versionFinding() refuses old versions and other programs", (t) => {
  t.match(versionFinding("/q", "QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2)\nCopyright"), {
    level: "ok",
    detail: "QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2) (/q)",
  });
  t.match(versionFinding("/q", "QEMU emulator version 6.2.0\n"), { level: "missing", detail: /too old/ });
  t.match(versionFinding("/q", "hello\n"), { level: "missing", detail: "/q is no QEMU: it says 'hello'" });
  t.match(versionFinding("/q", ""), { level: "missing" });
  t.end();
});
