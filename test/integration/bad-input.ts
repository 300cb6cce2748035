import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { busyboxSpec, writeConfig } from "../support/busybox-bundle.js";
import { TestTskata } from "../support/tskata.js";

t.test("what is wrong with a bundle or an id is said before a VM is started", async (t) => {
  const tskata = new TestTskata(t);
  const refused = async (bundle: string, id: string, stderr: RegExp): Promise<void> => {
    t.match(await tskata.run(["create", "--bundle", bundle, id]), { status: 1, stderr }, String(stderr));
    t.match(await tskata.run(["run", "--bundle", bundle, id]), { status: 1, stderr }, `run: ${stderr}`);
    t.strictSame(await tskata.leaks(), []);
  };
  const bundle = tskata.bundle();
  const config = join(bundle, "config.json");

  await refused(
    "/no/such/bundle",
    tskata.newId(),
    /^tskata: error: bundle \/no\/such\/bundle: no such file or directory\n$/,
  );
  await refused(join(bundle, "rootfs"), tskata.newId(), /config\.json not found; make one with tskata spec\n$/);
  writeFileSync(config, '{"ociVersion": "1.0.2", ');
  await refused(bundle, tskata.newId(), /config\.json.*line 1/);
  writeConfig(bundle, { root: { path: "no-rootfs" } });
  await refused(bundle, tskata.newId(), /root filesystem .*no-rootfs: no such file or directory/);
  writeFileSync(config, JSON.stringify({ ...busyboxSpec(), process: { ...busyboxSpec().process, args: "sh" } }));
  await refused(bundle, tskata.newId(), /process\.args.*(array|list)/);
  writeConfig(bundle, { mounts: [{ destination: "/x", type: "bind", source: "/no/source", options: ["bind"] }] });
  await refused(bundle, tskata.newId(), /\/x: \/no\/source: no such file or directory/);
  writeConfig(bundle, { vm: { kernel: { path: "/k" } } });
  await refused(bundle, tskata.newId(), /vm section.*vm_section\.allow = true/);

  writeConfig(bundle, {});
  await refused(bundle, "with/slash", /with\/slash/);
  await refused(bundle, "..", /container id/);
  await refused(bundle, "x".repeat(2000), /2000|1024/);
  await refused(bundle, "new\nline", /container id/);
});

t.test("an unknown container is named, with where it was looked for", async (t) => {
  const tskata = new TestTskata(t);
  for (const command of ["start", "state", "delete", "kill", "pause", "resume", "ps", "events", "console"]) {
    const { status, stderr } = await tskata.run([command, "no-such"]);
    t.equal(status, 1, command);
    t.match(stderr, /no-such.*does not exist.*state\)/, command);
  }
  t.match(await tskata.run(["exec", "no-such", "true"]), { status: 255, stderr: /no-such.*does not exist/ });
  t.match(await tskata.run(["update", "--pids-limit", "5", "no-such"]), { status: 1, stderr: /does not exist/ });
});

t.test("a program that can't be run fails create or run with the words that engines know", async (t) => {
  const tskata = new TestTskata(t);
  const cases = [
    [{ args: ["no-such-program"] }, /exec: "no-such-program": executable file not found in \$PATH/],
    [{ args: ["/no/such/program"] }, /\/no\/such\/program.*no such file or directory/],
    [{ args: ["/not-executable"] }, /\/not-executable.*permission denied/],
    [{ args: ["true"], cwd: "/not-executable" }, /\/not-executable.*not a directory/],
    [{ args: ["true"], user: { uid: 4_294_967_295, gid: 0 } }, /process\.user\.uid.*4294967295/],
  ] as const;
  for (const [process, stderr] of cases) {
    const bundle = tskata.bundle({ process: { ...process } });
    writeFileSync(join(bundle, "rootfs/not-executable"), "#!/bin/sh\n", { mode: 0o644 });
    const result = await tskata.run(["run", "--bundle", bundle, tskata.newId()]);
    t.match(result, { status: 1, stderr }, String(stderr));
    t.equal(result.stderr.trim().split("\n").length, 1, "it is one line");
    t.strictSame(await tskata.leaks(), []);
  }
});

t.test("a VM that can't be made is refused with what to do", async (t) => {
  const cases = [
    ['[qemu]\nbinary = "/no/qemu"\n', /\/no\/qemu.*(install|qemu\.binary)/],
    ['[guest]\nkernel = "/no/kernel"\n', /\/no\/kernel/],
    ['[guest]\nimage = "/no/image"\n', /\/no\/image/],
    ["[guest]\nmemory_mib = 64\n", /64.*MiB.*(at least|memory_mib)/],
    ['[share]\nvirtiofsd = "/no/virtiofsd"\n', /\/no\/virtiofsd/],
    ['[qemu]\nmachine = "pc98"\n', /qemu\.machine.*pc98.*microvm/],
    ['[qemu]\nbinari = "x"\n', /qemu\.binari.*binary/],
    ["[template]\nenabled = false\n[guest]\nboot_timeout_ms = 100\n", /wait for the guest's agent.*100 ms/],
  ] as const;
  for (const [config, stderr] of cases) {
    const tskata = new TestTskata(t, config);
    const result = await tskata.run(["run", "--bundle", tskata.bundle(), tskata.newId()]);
    t.match(result, { status: 1, stderr }, config);
    t.strictSame(await tskata.leaks(), []);
  }
});

t.test("errors go to the log as runc writes them", async (t) => {
  const tskata = new TestTskata(t);
  const log = join(tskata.directory, "log");
  const line = async (format: string): Promise<string> => {
    await tskata.run(["--log", log, "--log-format", format, "state", "no-such"]);
    return readFileSync(log, "utf8").trim().split("\n").at(-1) ?? "";
  };
  t.match(JSON.parse(await line("json")), { level: "error", msg: /no-such/, time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ });
  t.match(await line("text"), /^time="[^"]+" level=error msg="[^"]*no-such/);
  t.match(await tskata.run(["--log-format", "yaml", "list"]), { status: 1, stderr: /yaml.*json/ });
  const unwritable = await tskata.run(["--log", "/no/where/log", "state", "no-such"]);
  t.match(unwritable, { status: 1, stderr: /^tskata: error: log file \/no\/where\/log: can't be written/ });
  t.match(await tskata.run(["nonsense"]), { status: 1, stderr: /nonsense/ });
  t.match(await tskata.run(["create", "--nonsense", "x"]), { status: 1, stderr: /--nonsense/ });
  t.match(await tskata.run(["create"]), { status: 1, stderr: /container-id/ });
});
