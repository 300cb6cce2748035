import t from "tap";
import { domainConfig, type DomainPlan } from "../../../hypervisors/xen/domain-config.js";
import type { VmSpec } from "../../../hypervisors/hypervisor.js";

const PLAN: DomainPlan = {
  name: "tskata-web-01234567",
  uuid: "789d38e1-6036-4db9-a161-d5acae96473b",
  kernel: { type: "pvh", path: "/guest/vmlinux" },
  namesTypes: true,
  agentSocket: "/run/vm/agent.sock",
  diskScript: "/libexec/disk",
  extraConfig: ['tsc_mode = "native"'],
  room: { vcpus: 2, memoryBytes: 1024 * 1024 * 1024 },
  scheduler: "credit2",
};

const SPEC: VmSpec = {
  name: "web",
  runDirectory: "/run/vm",
  kernelPath: "/guest/vmlinux",
  imagePath: "/guest/image, with a comma.erofs",
  extraKernelParameters: ["loglevel=7"],
  memoryBytes: 256 * 1024 * 1024 + 1,
  vcpus: 2,
  shares: [],
  consoleLogPath: "/run/vm/console.log",
};

t.test("domainConfig() describes a domain that is kept when it ends", async (t) => {
  t.equal(
    domainConfig(SPEC, PLAN),
    [
      'name = "tskata-web-01234567"',
      'uuid = "789d38e1-6036-4db9-a161-d5acae96473b"',
      'type = "pvh"',
      'kernel = "/guest/vmlinux"',
      'extra = "console=hvc0 quiet panic=-1 root=/dev/xvda rootfstype=erofs ro init=/sbin/init tskata.agent=hvc dummy.numdummies=0 loglevel=7"',
      "memory = 257",
      "maxmem = 257",
      "vcpus = 2",
      'on_poweroff = "preserve"',
      'on_reboot = "preserve"',
      'on_crash = "preserve"',
      'on_watchdog = "preserve"',
      'disk = [ "format=raw,vdev=xvda,access=ro,script=/libexec/disk,target=/guest/image, with a comma.erofs" ]',
      'channel = [ "connection=pty,name=none", "connection=socket,name=agent,path=/run/vm/agent.sock" ]',
      'tsc_mode = "native"',
      "",
    ].join("\n"),
  );
});

t.test(
  "domainConfig() has no word for PV where Xen has none, no script where there is none, and an initial RAM disk where there is one",
  async (t) => {
    const kernel = { type: "pv", path: "/guest/pv" } as const;
    const config = domainConfig(
      { ...SPEC, initrdPath: "/guest/rd" },
      { ...PLAN, kernel, namesTypes: false, diskScript: undefined },
    );
    t.notMatch(config, /^type/m);
    t.notMatch(config, /script/);
    t.match(config, /^kernel = "\/guest\/pv"$/m);
    t.match(config, /^ramdisk = "\/guest\/rd"$/m);
  },
);

t.test("domainConfig() refuses what its format has no way to say, rather than mean something else by it", async (t) => {
  for (const path of ['/a"b', "/a\\b", "/a\nb"]) {
    t.throws(() => domainConfig({ ...SPEC, imagePath: path }, PLAN), { code: "invalid-argument" }, path);
    t.throws(() => domainConfig({ ...SPEC, initrdPath: path }, PLAN), { code: "invalid-argument" }, path);
  }
  t.throws(() => domainConfig(SPEC, { ...PLAN, agentSocket: "/a,b" }), { code: "invalid-argument" });
  t.throws(() => domainConfig(SPEC, { ...PLAN, diskScript: "/a,b" }), { code: "invalid-argument" });
});

t.test(
  "domainConfig() has all processors from the start, and the time of those that the guest begins with",
  async (t) => {
    const room = { ...PLAN.room, vcpus: 4 };
    const config = domainConfig(SPEC, { ...PLAN, room });
    t.match(config, /^vcpus = 4$/m);
    t.match(config, /^cap = 200$/m);
    t.match(config, / maxcpus=2 loglevel=7"$/m);
    const other = domainConfig(SPEC, { ...PLAN, room, scheduler: "rtds" });
    t.notMatch(other, /^cap/m, "this one can't limit it so");
    t.match(other, /^vcpus = 4$/m);
  },
);
