import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { parseJson } from "../../src/oci/parse-json.js";
import { assertValidSpec, readSpec, validateSpec } from "../../src/oci/validate-spec.js";
import { lines, refusal } from "./fixtures/issues.js";
import { missing, sharedFiles } from "./fixtures/shared-files.js";
import { mutations } from "./fixtures/mutate.js";

const MINIMAL = { ociVersion: "1.3.0", root: { path: "rootfs" } };

t.test("validateSpec() accepts the runtime-spec's good examples", { skip: missing("oci-fixtures") }, async (t) => {
  const files = sharedFiles("oci-fixtures/config/good", ".json");
  t.equal(files.length, 9);
  for (const { name, text } of files) t.same(lines(validateSpec(parseJson(text, name))), [], name);
});

t.test("validateSpec() refuses the runtime-spec's bad examples", { skip: missing("oci-fixtures") }, async (t) => {
  const expected: Readonly<Record<string, string>> = {
    "freebsd-vnet-disable.json": 'freebsd.jail.vnet: found "disable", expected one of "new", "inherit"',
    "invalid-json.json": 'not valid JSON at line 1, column 2: found "]", expected a name in double quotes or "}"',
    "linux-hugepage.json":
      'linux.resources.hugepageLimits[0].pageSize: found "64kB", expected a size such as "64KB", "2MB" or "1GB"',
    "linux-netdevice.json": "linux.netDevices.eth0.name: found 23, expected a string",
    "linux-rdma.json":
      'linux.resources.rdma.mlx5_1.hcaHandles: found "not a uint32", expected an integer from 0 to 4294967295',
  };
  const files = sharedFiles("oci-fixtures/config/bad", ".json");
  t.same(
    files.map(({ name }) => name),
    Object.keys(expected),
  );
  for (const { name, text } of files) {
    t.equal(
      refusal(() => assertValidSpec(parseJson(text, name), name)),
      `${name}: ${expected[name]}`,
    );
  }
});

t.test("readSpec() accepts every config.json that engines wrote", { skip: missing("captures") }, async (t) => {
  const files = sharedFiles("captures", "config.json");
  t.ok(files.length >= 60);
  for (const { name, text } of files) {
    // Buildah asks for ambient capabilities that the kernel doesn't raise; runc warns of them as well.
    const warnings = lines(readSpec(text, name).warnings).filter((line) => !line.includes("can't raise ambient"));
    t.same(warnings, [], name);
  }
});

t.test("validateSpec() says of each fault where, what was found and what was expected", async (t) => {
  const cases: [unknown, string[]][] = [
    [5, ["the document: found 5, expected an object"]],
    [{}, ["ociVersion: found nothing, expected a value: this member is required"]],
    [
      { ocVersion: "1.0.0" },
      [
        'ociVersion: found nothing, but "ocVersion", expected a value: this member is required',
        'warning: ocVersion: found an unknown name, expected a known one (did you mean "ociVersion"?)',
      ],
    ],
    [{ ociVersion: "new" }, ['ociVersion: found "new", expected a semantic version such as "1.3.0"']],
    [{ ...MINIMAL, mounts: {} }, ["mounts: found an object, expected a list"]],
    [
      { ...MINIMAL, process: { cwd: "/", oomScoreAdj: 1001, terminal: "yes" } },
      [
        'process.terminal: found "yes", expected true or false',
        "process.oomScoreAdj: found 1001, expected an integer from -1000 to 1000",
      ],
    ],
    [
      { ...MINIMAL, linux: { namespaces: [{ type: "networks" }] } },
      [
        'linux.namespaces[0].type: found "networks", expected one of "cgroup", "ipc", "mount", "network", "pid", ' +
          '"time", "user", "uts" (did you mean "network"?)',
      ],
    ],
    [
      { ...MINIMAL, linux: { timeOffsets: { realtime: {} } } },
      ['linux.timeOffsets.realtime: found an unknown name, expected one of "boottime", "monotonic"'],
    ],
    [
      { ...MINIMAL, linux: { seccomp: { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: [], action: "x" }] } } },
      [
        "linux.seccomp.syscalls[0].names: found a list of 0, expected at least 1 entry",
        'linux.seccomp.syscalls[0].action: found "x", expected one of "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", ' +
          '"SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", ' +
          '"SCMP_ACT_TRACE", "SCMP_ACT_TRAP"',
      ],
    ],
    [
      { ...MINIMAL, linux: { resources: { memory: { limit: 2n ** 63n } } } },
      [
        "linux.resources.memory.limit: found 9223372036854775808, expected an integer from -9223372036854775808 " +
          "to 9223372036854775807",
      ],
    ],
    [{ ...MINIMAL, annotations: { "a.b": 1 } }, ['annotations["a.b"]: found 1, expected a string']],
  ];
  for (const [document, expected] of cases) t.same(lines(validateSpec(document)), expected);
});

t.test("validateSpec() keeps 64-bit limits apart to the last digit", async (t) => {
  const limits = (limit: unknown): unknown => ({
    ...MINIMAL,
    process: { cwd: "/", rlimits: [{ type: "RLIMIT_NOFILE", soft: 0, hard: limit }] },
  });
  t.same(lines(validateSpec(limits(2n ** 64n - 1n))), []);
  t.match(lines(validateSpec(limits(2n ** 64n))), [/found 18446744073709551616, expected an integer from 0/]);
});

t.test("validateSpec() takes unknown members, as the specification asks", async (t) => {
  t.same(validateSpec({ ...MINIMAL, "org.example.x": { y: [null] }, linux: { later: 1 } }), []);
});

t.test("validateSpec() checks the rules beyond the schema once the shape is right", async (t) => {
  const document = { ...MINIMAL, process: { cwd: "tmp" }, mounts: [{ destination: "proc" }] };
  t.same(lines(validateSpec(document)), [
    'process.cwd: found "tmp", expected an absolute path',
    'warning: mounts[0].destination: found "proc", expected an absolute path; it is taken as relative to /',
  ]);
  t.same(lines(validateSpec({ ...document, mounts: 1 })), ["mounts: found 1, expected a list"]);
});

t.test("readSpec() reads null as absent and names in any case, as runc does", async (t) => {
  const { spec, warnings } = readSpec(
    `{"ociVersion":"1.0.2","root":{"path":"r"},"process":null,"linux":{"resources":{"CPU":{"Shares":512}}}}`,
    "c.json",
  );
  t.same(spec, { ociVersion: "1.0.2", root: { path: "r" }, linux: { resources: { cpu: { shares: 512 } } } });
  t.same(lines(warnings), [
    'warning: linux.resources.CPU: found this name, expected "cpu", and it is taken as that',
    'warning: linux.resources.cpu.Shares: found this name, expected "shares", and it is taken as that',
  ]);
});

t.test("readSpec() refuses documents that are valid but can't be created here", async (t) => {
  const cases: [object, string | undefined][] = [
    [MINIMAL, undefined],
    [{ ...MINIMAL, ociVersion: "1.99.0-rc.1+x" }, undefined],
    [{ ociVersion: "1.3.0" }, "c.json: root: found nothing, expected a root file system"],
    [{ ...MINIMAL, ociVersion: "2.0.0" }, 'c.json: ociVersion: found "2.0.0", expected a version 1.x'],
    [{ ...MINIMAL, windows: {} }, 'c.json: windows: found a section for windows only, expected a "linux" section'],
    [{ ...MINIMAL, windows: {}, linux: {} }, undefined],
    [{ ...MINIMAL, solaris: {}, vm: { kernel: { path: "/k" } } }, undefined],
    [{ ...MINIMAL, process: { cwd: "/" } }, "c.json: process.args: found nothing, expected a program to run"],
  ];
  for (const [document, expected] of cases) {
    t.equal(
      refusal(() => readSpec(JSON.stringify(document), "c.json")),
      expected,
    );
  }
});

t.test("assertValidSpec() lists ten faults and counts the rest, in bounded length", async (t) => {
  const mounts = Array.from({ length: 50 }, () => ({}));
  const message = refusal(() => assertValidSpec({ ...MINIMAL, mounts }, "c.json")) ?? "";
  t.match(message, /^c\.json: mounts\[0\]\.destination: found nothing.*; and 40 more$/);
  const huge = Array.from({ length: 50 }, () => "x".repeat(100_000));
  const long =
    refusal(() => assertValidSpec({ ...MINIMAL, process: { cwd: "x".repeat(100_000), env: huge } }, "c")) ?? "";
  t.match(long, /env\[0\]/);
  t.ok(long.length < 2200, `${long.length} characters`);
});

t.test("validateSpec() takes Windows paths in documents for Windows", async (t) => {
  const windows = { ociVersion: "1.0.0", windows: {}, process: { cwd: "c:\\", args: ["x.exe"] } };
  t.same(validateSpec(windows), []);
});

t.test("readSpec() answers each of 1,000 mutated documents with a result or the typed error", async (t) => {
  const seeds = missing("captures") === false ? sharedFiles("captures", "config.json") : [];
  const documents = [
    JSON.stringify({
      ...MINIMAL,
      process: { cwd: "/", args: ["sh"], rlimits: [{ type: "RLIMIT_CPU", soft: 1, hard: 2 }] },
      mounts: [{ destination: "/proc", type: "proc", options: ["ro"] }],
      linux: { namespaces: [{ type: "pid" }], resources: { memory: { limit: -1 } }, sysctl: { a: "b" } },
      vm: { kernel: { path: "/k" } },
    }),
    ...seeds.filter((_file, index) => index % 8 === 0).map(({ text }) => text),
  ].map((text) => parseJson(text, "seed"));
  let refused = 0;
  fc.assert(
    fc.property(mutations(documents), (text) => {
      const message = refusal(() => readSpec(text, "fuzz.json"));
      if (message === undefined) return;
      refused += 1;
      assert.match(message, /^fuzz\.json: /);
      assert.ok(message.length < 2500);
    }),
    { numRuns: 1000 },
  );
  t.ok(refused > 100 && refused < 1000, `${refused} refused`);
});
