import { chmodSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { AcceleratorTrial, TrialInput } from "../../../hypervisors/qemu/accelerator-trial.js";
import { HostFacts, type HostFactsInput } from "../../../hypervisors/qemu/host-facts.js";

const WORKS: AcceleratorTrial = { works: true, tscKhz: 2_445_434 };
const FAILS: AcceleratorTrial = { works: false, reason: "it hung" };
const CAPABLE = "flags : vmx constant_tsc nonstop_tsc\n";

interface Setup {
  readonly tried: TrialInput[];
  readonly debugLines: string[];
  /** Facts as a new process would have them. */
  readonly facts: (change?: Partial<HostFactsInput>) => HostFacts;
}

function setUp(directory: string, cpuinfo: string, result: AcceleratorTrial): Setup {
  const tried: TrialInput[] = [];
  const debugLines: string[] = [];
  const input: HostFactsInput = {
    binary: process.execPath,
    user: { uid: 7, gid: 8 },
    directory,
    debugLog: (line) => debugLines.push(line),
    attempt: async (given) => {
      tried.push(given);
      return result;
    },
    cpuinfoPath: cpuinfo,
  };
  return { tried, debugLines, facts: (change = {}) => new HostFacts({ ...input, ...change }) };
}

t.test("trial() tries each accelerator once, also over processes", async (t) => {
  const directory = t.testdir({ cpuinfo: CAPABLE });
  const { tried, facts } = setUp(directory, join(directory, "cpuinfo"), WORKS);
  const first = facts();
  t.strictSame(await first.trial("kvm"), WORKS);
  t.strictSame(await first.trial("kvm"), WORKS);
  t.strictSame(await first.trial("tcg"), WORKS);
  t.strictSame(await facts().trial("kvm"), WORKS);
  t.strictSame(await facts().trial("tcg"), WORKS);
  t.strictSame(
    tried.map(({ accelerator }) => accelerator),
    ["kvm", "tcg"],
  );
  t.match(tried[0]?.confinement, { kind: "other-user", user: { uid: 7 } });
  await facts({ user: { uid: 9, gid: 9 } }).trial("kvm");
  t.equal(tried.length, 3, "another user may be refused");
});

t.test("trial() does not try KVM on a processor without virtualization", async (t) => {
  const directory = t.testdir({ cpuinfo: "flags : constant_tsc nonstop_tsc\n" });
  const { tried, facts } = setUp(directory, join(directory, "cpuinfo"), WORKS);
  t.match(await facts().trial("kvm"), { works: false, reason: /neither vmx nor svm/ });
  t.strictSame(tried, []);
});

t.test("trial() remembers that KVM fails, and tries TCG again", async (t) => {
  const directory = t.testdir({ cpuinfo: CAPABLE });
  const { tried, facts } = setUp(directory, join(directory, "cpuinfo"), FAILS);
  for (const accelerator of ["kvm", "kvm", "tcg", "tcg"] as const) {
    t.strictSame(await facts().trial(accelerator), FAILS);
  }
  t.strictSame(
    tried.map(({ accelerator }) => accelerator),
    ["kvm", "tcg", "tcg"],
  );
});

t.test("trial() tries KVM again once its device may be opened by others", async (t) => {
  const directory = t.testdir({ cpuinfo: CAPABLE, kvm: "" });
  const kvmPath = join(directory, "kvm");
  const { tried, facts } = setUp(directory, join(directory, "cpuinfo"), FAILS);
  await facts({ kvmPath: join(directory, "none") }).trial("kvm");
  for (const mode of [0o600, 0o600, 0o666]) {
    chmodSync(kvmPath, mode);
    await facts({ kvmPath }).trial("kvm");
  }
  t.equal(tried.length, 3);
});

t.test("trial() gives no frequency of a counter that does not tick evenly", async (t) => {
  const directory = t.testdir({ cpuinfo: "flags : vmx constant_tsc\n" });
  const { facts } = setUp(directory, join(directory, "cpuinfo"), WORKS);
  t.strictSame(await facts().trial("tcg"), { works: true, tscKhz: undefined });
});

t.test("trial() measures a busy host's clock again, and keeps nothing where that is no use", async (t) => {
  const directory = t.testdir({ cpuinfo: CAPABLE });
  const uneven: AcceleratorTrial = { works: true, tscKhz: undefined };
  const { tried, facts } = setUp(directory, join(directory, "cpuinfo"), uneven);
  for (const times of [4, 8]) {
    t.strictSame(await facts().trial("tcg"), { works: false, reason: "the host is too busy to measure its clock" });
    t.equal(tried.length, times);
  }
  t.strictSame(await facts().trial("kvm"), uneven, "with KVM the clock is the host's");
  t.equal(tried.length, 9);
});

t.test("trial() goes on without a place to keep results, and says so", async (t) => {
  const directory = t.testdir({ cpuinfo: CAPABLE, file: "" });
  const { debugLines, facts } = setUp(join(directory, "file"), join(directory, "cpuinfo"), WORKS);
  t.strictSame(await facts().trial("tcg"), WORKS);
  t.match(debugLines, [/^can't recall .*ENOTDIR/, /^can't keep .*EEXIST/]);
  const silent = facts({ directory: undefined });
  t.strictSame(await silent.trial("tcg"), WORKS);
  t.equal(debugLines.length, 2);
});
