import { existsSync, readFileSync, readdirSync } from "node:fs";
import { once } from "node:events";
import t from "tap";
import { processEnd } from "../../support/process-end.js";
import { StubToolstack } from "./fixtures/stub-toolstack.js";

const MIB = 1024 * 1024;

t.test("boot() makes a domain that is halted, widens its channel, and has it run", async (t) => {
  const xen = new StubToolstack(t);
  const spec = xen.spec();
  const vm = await xen.driver().boot(spec);
  const calls = xen.calls();
  const index = (word: string): number => calls.findIndex((call) => call.includes(word));
  t.ok(index("create -p -e") < index("limit") && index("limit") < index("unpause tskata-stub-"));
  t.match(calls[index("limit")], /device\/console\/1\/limit 67108864/);
  const channel = await vm.openAgentChannel();
  channel.write("any bytes");
  t.equal(String((await once(channel, "data"))[0]), "any bytes");
  t.strictSame(await vm.size(), { vcpus: 2, memoryBytes: 256 * MIB });
  await Promise.all([vm.stop(), vm.stop()]);
  t.strictSame(await vm.exited, { kind: "stopped" });
  t.equal(readFileSync(spec.consoleLogPath, "utf8"), "a word of the guest's\n");
  t.strictSame(readdirSync(spec.runDirectory), ["console.log"]);
  for (const pid of vm.hostPids) t.notOk(existsSync(`/proc/${pid}/exe`));
  await t.rejects(vm.pause(), { code: "unavailable", message: /the VM is gone/ });
});

for (const [reason, exit] of [
  ["0", { kind: "guest-shutdown" }],
  ["1", { kind: "guest-panic" }],
  ["3", { kind: "guest-panic" }],
  [undefined, { kind: "vmm-died", stderr: /somebody destroyed/ }],
] as const) {
  t.test(`a domain that ends with ${reason ?? "nothing left"} is told as ${exit.kind}`, async (t) => {
    const xen = new StubToolstack(t);
    const vm = await xen.driver().boot(xen.spec());
    if (reason === undefined) process.kill(vm.hostPids[0] ?? 0, "SIGKILL");
    xen.endDomain(reason);
    t.match(await vm.exited, exit);
    for (const pid of vm.hostPids) t.notOk(existsSync(`/proc/${pid}/exe`));
  });
}

t.test("each process of a VM that is killed ends the VM", async (t) => {
  for (const index of [0, 1, 2]) {
    const xen = new StubToolstack(t);
    const vm = await xen.driver().boot(xen.spec());
    const channel = await vm.openAgentChannel();
    channel.resume();
    process.kill(vm.hostPids[index] ?? 0, "SIGKILL");
    t.match(await vm.exited, { kind: "vmm-died", ...(index > 0 && { signal: "SIGKILL" }) });
    t.match(xen.calls().join("\n"), /destroy tskata-stub-/);
    // they are not all children of the one who hears of the end
    await t.resolves(Promise.all(vm.hostPids.map(processEnd)));
    channel.destroy();
  }
});

t.test("boot() that fails leaves nothing, wherever that is", async (t) => {
  for (const command of ["create", "domid", "unpause"]) {
    const xen = new StubToolstack(t);
    const spec = xen.spec();
    xen.failing(command, `no ${command} today`);
    await t.rejects(xen.driver().boot(spec), { code: "unavailable", message: new RegExp(`no ${command} today`) });
    t.strictSame(
      readdirSync(spec.runDirectory).filter((name) => name !== "console.log"),
      [],
    );
    if (command !== "create") t.match(xen.calls().join("\n"), /destroy tskata-stub-/);
  }
});

t.test("boot() that is given up destroys the domain that was made meanwhile", async (t) => {
  const xen = new StubToolstack(t);
  const controller = new AbortController();
  const reason = new Error("enough");
  const booting = xen.driver().boot(xen.spec(), controller.signal);
  void xen.domainMade().then(() => controller.abort(reason));
  await t.rejects(booting, reason);
  t.match(xen.calls().join("\n"), /destroy/);
  t.notMatch(xen.calls().join("\n"), /unpause/);
});

t.test("boot() says that Xen's memory is gone, where it is", async (t) => {
  const xen = new StubToolstack(t);
  xen.failing("create", "panic: xc_dom_boot.c");
  xen.info(/^free_memory.*$/m, "free_memory : 100");
  await t.rejects(xen.driver().boot(xen.spec()), {
    code: "resource",
    message: /256 MiB.*Xen has 100 MiB left.*xl mem-set 0/,
  });
});

t.test("boot() says which version has 9p, and which PVH", async (t) => {
  const xen = new StubToolstack(t);
  xen.info(/^xen_minor.*$/m, "xen_minor : 8");
  const shares = [{ kind: "nine-p", tag: "files", directory: "/tmp" }] as const;
  await t.rejects(xen.driver().boot(xen.spec({ shares })), {
    code: "unsupported",
    message: /Xen 4\.8 has no 9p.*4\.10; disks work \(share\.backend = "disk", or "auto"\)/,
  });
  t.match(await xen.driver().whyNotNineP(), /^Xen 4\.8 has no 9p/);
  await t.rejects(xen.driver({ guest: "pvh" }).boot(xen.spec()), {
    code: "unsupported",
    message: /Xen 4\.8 has no PVH/,
  });
});

t.test("boot() tells the disk's script what the guest shares, and says so where there is no script", async (t) => {
  const xen = new StubToolstack(t);
  const shares = [
    { kind: "nine-p", tag: "files", directory: "/run/vm/share" },
    { kind: "nine-p", tag: "more", directory: "/run/it's, more" },
  ] as const;
  const vm = await xen.driver({ diskScript: "/libexec/disk" }).boot(xen.spec({ shares }));
  t.match(xen.calls().join("\n"), /create -p -e .*\[files=\/run\/vm\/share more=\/run\/it's, more\]/);
  await vm.stop();
  await t.rejects(xen.driver().boot(xen.spec({ shares })), { code: "unsupported", message: /opened without a script/ });
  await t.rejects(
    xen
      .driver({ diskScript: "/disk" })
      .boot(xen.spec({ shares: [{ kind: "virtiofs", tag: "files", socketPath: "/s" }] })),
    { code: "unsupported", message: /no virtiofs; 9p works/ },
  );
  await t.rejects(
    xen
      .driver({ diskScript: "/disk" })
      .boot(xen.spec({ shares: [{ kind: "nine-p", tag: "files", directory: "/a\\b" }] })),
    { code: "invalid-argument", message: /backslash/ },
  );
});

t.test("boot() says which file is not there, before a domain is made", async (t) => {
  const xen = new StubToolstack(t);
  await t.rejects(xen.driver().boot(xen.spec({ imagePath: "/nonexistent/image" })), {
    code: "not-found",
    message: /\/nonexistent\/image/,
  });
  t.notMatch(xen.calls().join("\n"), /create/);
});

t.test("boot() says what to do where xenstored has died", async (t) => {
  const xen = new StubToolstack(t);
  xen.failing("info", "libxl_ctx_alloc: cannot connect to xenstore: Permission denied");
  const message = /start xenstored .*boot the host anew/;
  await t.rejects(xen.driver().boot(xen.spec()), { code: "unavailable", message });
  xen.mend("info");
  xen.hanging("info");
  await t.rejects(xen.driver({ commandTimeoutMs: 500 }).boot(xen.spec()), { code: "deadline", message });
});

t.test("hostSize() is the machine's, of which domain 0 has a part", async (t) => {
  const xen = new StubToolstack(t);
  t.strictSame(await xen.driver().hostSize(), { vcpus: 1, memoryBytes: 7167 * MIB });
});

t.test("what Xen hasn't got is unsupported, and says who has it", async (t) => {
  const xen = new StubToolstack(t);
  const driver = xen.driver();
  const refusal = { code: "unsupported", message: /driver qemu can/ };
  t.throws(() => driver.require("virtiofs", "share files"), refusal);
  t.doesNotThrow(() => driver.require("nine-p", "share files"));
  await t.rejects(driver.templateInputs(), refusal);
  await t.rejects(driver.boot(xen.spec({ start: { kind: "to-capture", directory: "/d" } })), refusal);
  const vm = await driver.boot(xen.spec());
  await t.rejects(vm.plugShare({ kind: "virtiofs", tag: "t", socketPath: "/s" }), refusal);
  await t.rejects(vm.capture(), refusal);
  await vm.stop();
});

t.test(
  "network cards are attached with our script and detached by their address, as far as there is room",
  async (t) => {
    const xen = new StubToolstack(t);
    const vm = await xen.driver({ vifScript: "/libexec/vif" }).boot(xen.spec({ networkCards: 1 }));
    const card = (id: string) => ({ id, macAddress: "02:00:00:00:00:01", tap: { name: "tap0-x", namespace: "/ns" } });
    // the driver may look at its domain at any moment
    const cardCalls = () =>
      xen
        .calls()
        .filter((call) => call.startsWith("xl network-"))
        .join("\n");
    await vm.plugNetworkCard(card("nic0"));
    t.match(cardCalls(), /network-attach tskata-stub-\S+ mac=02:00:00:00:00:01 script=\/libexec\/vif \[tap0-x\]/);
    await t.rejects(vm.plugNetworkCard(card("nic1")), { code: "unsupported", message: /room for 1/ });
    await vm.unplugNetworkCard("nic0");
    t.match(cardCalls(), /network-detach tskata-stub-\S+ 02:00:00:00:00:01/);
    await t.rejects(vm.unplugNetworkCard("nic0"), { code: "not-found" });
    xen.failing("network-attach", "the script failed");
    await t.rejects(vm.plugNetworkCard(card("nic1")), { code: "unavailable", message: /the script failed/ });
    xen.mend("network-attach");
    await vm.plugNetworkCard(card("nic1"));
    await vm.stop();
  },
);

t.test("disks are attached by the next free name and detached by it, as far as there is room", async (t) => {
  const xen = new StubToolstack(t);
  const vm = await xen.driver().boot(xen.spec({ disks: 2 }));
  const last = () => xen.calls().findLast((call) => call.startsWith("xl block-"));
  for (const [id, name] of [
    ["disk1", "xvdb"],
    ["disk2", "xvdc"],
  ] as const) {
    await vm.plugDisk({ id, path: `/images/${id},x` });
    t.match(
      last(),
      new RegExp(`block-attach tskata-stub-\\S+ format=raw,vdev=${name},access=rw,target=/images/${id},x`),
    );
  }
  await t.rejects(vm.plugDisk({ id: "disk3", path: "/images/3" }), { code: "unsupported", message: /room for 2/ });
  await vm.unplugDisk("disk1");
  t.match(last(), /block-detach tskata-stub-\S+ xvdb/);
  await t.rejects(vm.unplugDisk("disk1"), { code: "not-found" });
  xen.failing("block-attach", "the script failed");
  await t.rejects(vm.plugDisk({ id: "disk3", path: "/images/3" }), { code: "unavailable", message: /script failed/ });
  xen.mend("block-attach");
  await vm.plugDisk({ id: "disk3", path: "/images/3" });
  t.match(last(), /vdev=xvdb/);
  await vm.stop();
});

t.test("stop() says that a domain could not be destroyed", async (t) => {
  const xen = new StubToolstack(t);
  const vm = await xen.driver().boot(xen.spec());
  xen.failing("destroy", "cannot open xenstored");
  await t.rejects(vm.stop(), { code: "unavailable", message: /cannot open xenstored/ });
  t.strictSame(await vm.exited, { kind: "stopped" });
  process.kill(vm.hostPids[0] ?? 0, "SIGKILL");
});

t.test("probe() finds what there is, and what is missing with a remedy", async (t) => {
  const xen = new StubToolstack(t);
  const found = await xen.driver().probe();
  t.match(
    found.findings.find(({ subject }) => subject === "xenstored"),
    { level: "ok" },
  );
  t.match(
    found.findings.find(({ subject }) => subject === "xen"),
    { level: "ok", detail: /4\.17/ },
  );
  xen.failing("xenstore-read", "no xenstored");
  const without = await xen.driver().probe();
  t.equal(without.usable, false);
  t.match(
    without.findings.find(({ subject }) => subject === "xenstored"),
    { level: "missing", remedy: /xenstored/ },
  );
  const other = await xen.driver({ xl: "/nonexistent/xl" }).probe();
  t.match(other.findings, [{ subject: "xl", level: "missing", detail: /no executable '\/nonexistent\/xl'/ }]);
});
