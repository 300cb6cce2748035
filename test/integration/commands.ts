import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { Spec } from "../../src/oci/config.js";
import { HOOK_NAMES } from "../../src/oci/tables/hooks.js";
import { TestTskata } from "../support/tskata.js";

interface Finding {
  readonly driver?: string;
  readonly subject: string;
  readonly level: string;
  readonly detail: string;
  readonly remedy?: string;
}

t.test("check tries what this machine can do, and ends with status 0 where it can run containers", async (t) => {
  const tskata = new TestTskata(t);
  const { usable, hypervisor, findings } = JSON.parse(await tskata.ok(["check", "--json"])) as {
    usable: boolean;
    hypervisor: { driver: string; reason: string };
    findings: Finding[];
  };
  t.equal(usable, true);
  t.match(hypervisor, { driver: "qemu", reason: /^automatic: / });
  const ofUsed = findings.filter(({ driver = hypervisor.driver }) => driver === hypervisor.driver);
  const levels = new Map(ofUsed.map(({ subject, level }) => [subject, level]));
  for (const subject of [
    "user",
    "hypervisor",
    "qemu",
    "virtiofsd",
    "guest kernel",
    "guest image",
    "run directory",
    "mount namespace",
  ]) {
    t.equal(levels.get(subject), "ok", subject);
  }
  for (const subject of ["kvm", "tcg", "vsock", "docker", "podman", "containerd"]) t.ok(levels.has(subject), subject);
  const tcg = ofUsed.find(({ subject }) => subject === "tcg")?.detail;
  t.match(tcg, /QEMU's authors don't treat TCG as a security boundary/);
  const text = await tskata.ok(["check"]);
  for (const { subject, detail } of findings.filter((finding) => finding.subject !== "memory")) {
    t.ok(text.includes(`${subject}: ${detail}`), subject);
  }
  t.match(text, /\nThis machine can run containers with tskata\.$/);
});

t.test("check names each lack with what mends it, and ends with status 1", async (t) => {
  const lines = ['[qemu]\nbinary = "/no/qemu"\n', '[guest]\nimage = "/no/image"\n'];
  const tskata = new TestTskata(t, lines.join(""));
  const { status, text } = await tskata.run(["check"]);
  t.equal(status, 1);
  t.match(text, /MISSING +qemu: .*\/no\/qemu.*\n +to mend it: apt-get install .*qemu/);
  t.match(text, /MISSING +guest: .*\/no\/image.*\n +to mend it: npm run build:guest/);
  t.match(text, /cannot run containers|can't run containers/);
});

t.test("env shows each setting with its origin", async (t) => {
  const tskata = new TestTskata(t, "[guest]\nmemory_mib = 384\n");
  const entries = JSON.parse(await tskata.ok(["env", "--json"])) as { name: string; value: string; origin: string }[];
  const of = (name: string): object | undefined => entries.find((entry) => entry.name === name);
  t.match(of("guest.memoryBytes"), { value: String(384 * 1024 * 1024), origin: "configuration" });
  t.match(of("guest.vcpus"), { value: "1", origin: "default" });
  t.match(of("root"), { value: tskata.stateRoot, origin: "--root" });
  t.match(await tskata.ok(["env"]), /^guest\.memoryBytes +402653184 +\(configuration\)$/m);
});

t.test("gc says what it did, and does nothing to a container that runs", async (t) => {
  const tskata = new TestTskata(t);
  t.equal(await tskata.ok(["gc"]), "nothing to clean up");
  const { id } = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
  t.equal(await tskata.ok(["gc"]), "nothing to clean up");
  t.match(JSON.parse(await tskata.ok(["state", id])), { status: "running" });
  await tskata.ok(["delete", "--force", id]);
});

t.test("spec writes a config.json that runs once its terminal is off, and no second one over it", async (t) => {
  const tskata = new TestTskata(t);
  const bundle = tskata.bundle();
  const config = join(bundle, "config.json");
  execFileSync("rm", [config]);
  await tskata.ok(["spec", "--bundle", bundle]);
  t.match(await tskata.run(["spec", "--bundle", bundle]), { status: 1, stderr: /config\.json exists already/ });
  const spec = JSON.parse(readFileSync(config, "utf8")) as Spec;
  t.match(spec, { process: { args: ["sh"], terminal: true }, root: { path: "rootfs" } });
  execFileSync("sed", ["--in-place", 's/"terminal": true/"terminal": false/', config]);
  const { status, text } = await tskata.run(["run", "--bundle", bundle, tskata.newId()], { input: "hostname\n" });
  t.match({ status, text }, { status: 0, text: "tskata" });
  execFileSync("rm", [config]);
  await tskata.ok(["spec", "--rootless", "--bundle", bundle]);
  t.match(JSON.parse(readFileSync(config, "utf8")), { linux: { uidMappings: [{ containerID: 0, size: 1 }] } });
});

t.test("features lists what the runtime does", async (t) => {
  const tskata = new TestTskata(t);
  const features = JSON.parse(await tskata.ok(["features"])) as { hooks: string[] };
  t.match(features, { ociVersionMin: "1.0.0", hooks: HOOK_NAMES, linux: { cgroup: { v1: false, v2: true } } });
});

t.test("checkpoint and restore answer Podman's probe, and say what isn't there", async (t) => {
  const tskata = new TestTskata(t);
  for (const command of ["checkpoint", "restore"]) {
    t.match(await tskata.ok([command, "--help"]), /--image-path/);
    t.match(await tskata.run([command, "x"]), { status: 1, stderr: /does not exist|has no checkpoint/ });
  }
});

t.test("--version and --help answer at once, wrong flags name themselves", async (t) => {
  const tskata = new TestTskata(t);
  t.match(await tskata.ok(["--version"]), /^tskata version \d+\.\d+\.\d+[^]*^spec: \d+\.\d+\.\d+$/m);
  t.match(await tskata.ok(["--help"]), /^Usage: tskata [^]*create[^]*checkpoint/m);
  t.match(await tskata.run(["create", "--bundel", "x", "y"]), { status: 1, stderr: /--bundel.*--bundle/s });
  t.match(await tskata.run(["creat"]), { status: 1, stderr: /creat.*create/s });
  t.match(await tskata.run(["list", "--format", "xml"]), { status: 1, stderr: /xml/ });
});

t.test("console gives a prompt in the guest, where the configuration had allowed it", async (t) => {
  const tskata = new TestTskata(t, "[debug]\nconsole = true\n");
  const { id } = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
  const input = 'fs.readFileSync("/proc/1/comm", "utf8")\n.exit\n';
  t.match(await tskata.run(["console", id], { input }), { status: 0, text: /guest> [^]*'init\\n'/ });
  t.equal((await tskata.run(["state", id])).status, 0, "the VM goes on");
});

t.test("console is refused where the sandbox was booted without one", async (t) => {
  const tskata = new TestTskata(t);
  const { id } = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
  t.match(await tskata.run(["console", id]), { status: 1, stderr: /set debug\.console = true before it is created/ });
});

t.test("--debug, or the configuration, tells which accelerator a VM gets and why", async (t) => {
  const { usable: _usable, findings } = JSON.parse(await new TestTskata(t).ok(["check", "--json"])) as {
    usable: boolean;
    findings: Finding[];
  };
  const hasKvm = findings.some(
    ({ driver, subject, level }) => driver === "qemu" && subject === "kvm" && level === "ok",
  );
  const driver = /^time=.* level=debug msg="hypervisor: [a-z]+ \(automatic: .*\)"\n/.source;
  const why = hasKvm ? "" : 'time=.* level=debug msg="KVM is not used, guests run under TCG: .*"\n';
  const expected = new RegExp(`${driver}${why}$`);
  const quiet = new TestTskata(t);
  const bundle = quiet.bundle({ process: { args: ["true"] } });
  t.match(await quiet.run(["run", "--bundle", bundle, quiet.newId()]), { status: 0, stderr: /^$/ });
  t.match(await quiet.run(["--debug", "run", "--bundle", bundle, quiet.newId()]), { status: 0, stderr: expected });
  const talkative = new TestTskata(t, '[debug]\nlog_level = "debug"\n');
  t.match(await talkative.run(["run", "--bundle", bundle, talkative.newId()]), { status: 0, stderr: expected });
});
