import t from "tap";
import { checkLinux, checkNamespaceUse } from "../../../src/oci/checks/check-linux.js";
import type { Linux } from "../../../src/oci/linux.js";
import { reported } from "../fixtures/issues.js";

const IDS = [{ containerID: 0, hostID: 1000, size: 1 }];

t.test("checkLinux() takes what is in order", async (t) => {
  const linux: Linux = {
    namespaces: [{ type: "pid", path: "" }, { type: "network", path: "/run/netns/a" }, { type: "mount" }],
    devices: [
      { type: "c", path: "/dev/a", major: 1, minor: 2 },
      { type: "p", path: "/dev/b" },
    ],
    netDevices: { eth0: { name: "eth%d" }, "enp1s0.1": {} },
    sysctl: { "net.ipv4.conf.eno2/100.rp_filter": "1", "net/core/somaxconn": "1", "kernel.sem": "" },
    maskedPaths: ["/proc/kcore"],
    memoryPolicy: { mode: "MPOL_PREFERRED" },
    personality: { domain: "LINUX32", flags: [] },
  };
  t.same(
    reported((error) => checkLinux(linux, error)),
    [],
  );
});

t.test("checkLinux() says what the schema can't", async (t) => {
  const cases: [Linux, string[]][] = [
    [
      { namespaces: [{ type: "pid" }, { type: "uts", path: "ns" }, { type: "pid", path: "/x" }] },
      [
        'linux.namespaces[1].path: found "ns", expected an absolute path',
        'linux.namespaces[2].type: found a second "pid", expected each type once',
      ],
    ],
    [
      { uidMappings: [{ containerID: 0, hostID: 0, size: 0 }] },
      ["linux.uidMappings[0].size: found 0, expected at least 1"],
    ],
    [
      { devices: [{ type: "b", path: "dev/a", major: 1 }] },
      [
        'linux.devices[0].path: found "dev/a", expected an absolute path',
        'linux.devices[0].minor: found nothing, expected a number: a device of type "b" needs it',
      ],
    ],
    [
      { devices: [{ type: "c", path: "/dev/a", major: 4096, minor: 2n ** 40n }] },
      [
        "linux.devices[0].major: found 4096, expected 0 to 4095",
        "linux.devices[0].minor: found 1099511627776, expected 0 to 1048575",
      ],
    ],
    [
      { netDevices: { "a/b": {}, "0123456789abcdef": {}, eth0: { name: ".." } } },
      [
        'linux.netDevices["a/b"]: found this name, expected the name of a network interface',
        'linux.netDevices["0123456789abcdef"]: found this name, expected the name of a network interface',
        'linux.netDevices.eth0.name: found "..", expected the name of a network interface',
      ],
    ],
    [
      { netDevices: { eth0: {}, eth1: { name: "eth0" }, eth2: { name: "" } } },
      ['linux.netDevices.eth1: found a second device "eth0", expected each name once'],
    ],
    [
      { sysctl: { "../kernel": "1", "a..b": "1", "": "1" } },
      [
        'linux.sysctl["../kernel"]: found this name, expected a kernel parameter such as "net.core.somaxconn"',
        'linux.sysctl["a..b"]: found this name, expected a kernel parameter such as "net.core.somaxconn"',
        'linux.sysctl[""]: found this name, expected a kernel parameter such as "net.core.somaxconn"',
      ],
    ],
    [{ readonlyPaths: ["/a", "b"] }, ['linux.readonlyPaths[1]: found "b", expected an absolute path']],
    [
      { memoryPolicy: { mode: "MPOL_LOCAL", nodes: "0" } },
      [
        'linux.memoryPolicy.nodes: invalid memory policy node: found "0", ' +
          "expected no nodes: the MPOL_LOCAL mode requires 0 nodes but got 1",
      ],
    ],
    [
      { memoryPolicy: { mode: "MPOL_BIND", flags: ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"] } },
      [
        "linux.memoryPolicy.nodes: invalid memory policy node: found nothing, expected at least one node with MPOL_BIND",
        "linux.memoryPolicy.flags: invalid memory policy flag: found both kinds of nodes, expected MPOL_F_STATIC_NODES or MPOL_F_RELATIVE_NODES",
      ],
    ],
    [
      { personality: { domain: "LINUX", flags: ["X"] } },
      ['linux.personality.flags[0]: found "X", expected no flags: none is defined'],
    ],
    [
      { resources: { cpu: { quota: 5, burst: 6 } } },
      ["linux.resources.cpu.burst: found 6, expected at most the quota, 5"],
    ],
    [
      { seccomp: { defaultAction: "SCMP_ACT_LOG", defaultErrnoRet: 1 } },
      ["linux.seccomp.defaultErrnoRet: found 1, expected no number with SCMP_ACT_LOG"],
    ],
  ];
  for (const [linux, expected] of cases) {
    t.same(
      reported((error) => checkLinux(linux, error)),
      expected,
    );
  }
});

t.test("checkNamespaceUse() wants the namespaces whose settings a document has", async (t) => {
  const linux: Linux = {
    uidMappings: IDS,
    gidMappings: IDS,
    netDevices: { eth0: {} },
    timeOffsets: { boottime: { secs: 1 } },
  };
  const check = (namespaces: Linux["namespaces"] & object): string[] =>
    reported((error, warning) => {
      const names = { hostname: "h", domainname: "d" };
      checkNamespaceUse({ ...linux, namespaces }, { ociVersion: "1.0.0", ...names }, error, warning);
    });
  t.same(check([]), [
    'hostname: found "h", expected no name without "uts" in linux.namespaces',
    'domainname: found "d", expected no name without "uts" in linux.namespaces',
    'linux.uidMappings: found a list of 1, expected no mappings without "user" in linux.namespaces',
    'linux.gidMappings: found a list of 1, expected no mappings without "user" in linux.namespaces',
    'linux.netDevices: found devices to move, expected none without "network" in linux.namespaces',
    'linux.timeOffsets: found offsets, expected no offsets without a new namespace of type "time" in linux.namespaces',
  ]);
  const all = [{ type: "uts" }, { type: "user" }, { type: "network" }] as const;
  t.same(check([...all, { type: "time" }]), []);
  t.equal(check([...all, { type: "time", path: "/proc/1/ns/time" }]).length, 1);
});

t.test("checkNamespaceUse() warns of a new user namespace that keeps no ids apart", async (t) => {
  const check = (linux: Linux): string[] =>
    reported((error, warning) => checkNamespaceUse(linux, { ociVersion: "1.0.0" }, error, warning));
  const warning = (without: string): string =>
    `warning: linux.namespaces: found a new one of type "user" without ${without}, ` +
    "expected mappings beside it; every id is mapped to itself";
  const namespaces = [{ type: "user" }] as const;
  t.same(check({ namespaces }), [warning("linux.uidMappings and linux.gidMappings")]);
  t.same(check({ namespaces, uidMappings: IDS, gidMappings: [] }), [warning("linux.gidMappings")]);
  t.same(check({ namespaces, uidMappings: IDS, gidMappings: IDS }), []);
  t.same(check({ namespaces: [{ type: "user", path: "/proc/1/ns/user" }] }), []);
});
