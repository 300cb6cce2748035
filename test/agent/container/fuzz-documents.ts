import fc from "fast-check";
import t, { type Test } from "tap";
import { mergeResources } from "../../../src/oci/merge-resources.js";
import { resourceWrites } from "../../../src/oci/cgroup-v2/resource-writes.js";
import { execPlan } from "../../../src/agent/container/exec-plan.js";
import { initPlan } from "../../../src/agent/container/init-plan.js";
import { encodePlan } from "../../../src/agent/kernel/plan-encoder.js";
import { TskataError } from "../../../src/common/error.js";
import type { Spec } from "../../../src/oci/config.js";
import { defaultSpec } from "../../../src/oci/default-spec.js";
import { parseJson } from "../../../src/oci/parse-json.js";
import { readProcess } from "../../../src/oci/validate-process.js";
import { readResources } from "../../../src/oci/validate-resources.js";
import { readSpec } from "../../../src/oci/validate-spec.js";
import { isBindMount } from "../../../src/oci/is-bind-mount.js";
import { mutations } from "../../oci/fixtures/mutate.js";
import { missing, sharedFiles } from "../../oci/fixtures/shared-files.js";

const CONFIGS = 3000;
const PROCESSES = 1000;
const RESOURCES = 1000;
/** Milliseconds that one document may take. */
const TIME_LIMIT_MS = 2000;
const LONGEST_MESSAGE = 8000;

const PROCESS = {
  terminal: true,
  consoleSize: { height: 24, width: 80 },
  user: { uid: 1, gid: 2, umask: 18, additionalGids: [3] },
  args: ["sh"],
  env: ["A=b"],
  cwd: "/",
  capabilities: { bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"], ambient: ["CAP_KILL"] },
  rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 2 }],
  noNewPrivileges: true,
  oomScoreAdj: 5,
  scheduler: { policy: "SCHED_BATCH", nice: 3 },
  ioPriority: { class: "IOPRIO_CLASS_BE", priority: 4 },
  execCPUAffinity: { initial: "0", final: "0-1" },
};
const LIMITS = {
  devices: [{ allow: false, access: "rwm" }],
  memory: { limit: 1 << 28, reservation: 1 << 27, swap: 1 << 29 },
  cpu: { shares: 512, quota: 50_000, period: 100_000, burst: 1, cpus: "0", mems: "0", idle: 0 },
  pids: { limit: 10 },
  blockIO: { weight: 100, throttleReadBpsDevice: [{ major: 1, minor: 2, rate: 3 }] },
  hugepageLimits: [{ pageSize: "2MB", limit: 0 }],
  unified: { "memory.high": "100" },
};
const CONFIG = {
  ...defaultSpec(),
  process: PROCESS,
  hooks: { startContainer: [{ path: "/hook", timeout: 3 }] },
  linux: {
    ...defaultSpec().linux,
    namespaces: [
      { type: "pid" },
      { type: "ipc" },
      { type: "uts" },
      { type: "user" },
      { type: "time" },
      { type: "cgroup" },
    ],
    uidMappings: [{ containerID: 0, hostID: 5, size: 9 }],
    gidMappings: [{ containerID: 0, hostID: 5, size: 9 }],
    timeOffsets: { monotonic: { secs: 1, nanosecs: 2 } },
    devices: [{ path: "/dev/x", type: "c", major: 1, minor: 2, fileMode: 438 }],
    sysctl: { "kernel.msgmax": "9" },
    resources: LIMITS,
    personality: { domain: "LINUX32" },
    seccomp: {
      defaultAction: "SCMP_ACT_ALLOW",
      architectures: ["SCMP_ARCH_X86_64"],
      syscalls: [
        { names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 1, args: [{ index: 0, value: 1, op: "SCMP_CMP_EQ" }] },
      ],
    },
  },
};
const FACTS = { files: new Set(["io.bfq.weight"]), cpus: [0, 1], nodes: [0], blockDevices: new Set(["1:2"]) };

/** The captured documents of a name, beside one of our own. */
function seeds(name: string, own: unknown): unknown[] {
  const captured = missing("captures") === false ? sharedFiles("captures", name) : [];
  return [own, ...captured.map(({ text }) => parseJson(text, name))];
}

function plan(spec: Spec): void {
  const bindSources = new Map(
    (spec.mounts ?? []).flatMap((mount, index) =>
      isBindMount(mount) ? [[index, { path: "/s", isDirectory: true }]] : [],
    ) as [number, { path: string; isDirectory: boolean }][],
  );
  encodePlan(
    initPlan({
      containerId: "c1",
      spec,
      rootfsPath: "/rootfs",
      bindSources,
      rootSources: new Map(),
      cgroup: "/sys/fs/cgroup/c1",
      stagingDirectory: "/dev/tskata/c1",
      terminalSize: { columns: 0, rows: 0 },
      hookState: "{}",
    }),
  );
}

/** Counts documents that are refused; anything but our own error with a message of use fails. */
function check(t: Test, name: string, count: number, documents: unknown[], use: (text: string) => void): void {
  let refused = 0;
  fc.assert(
    fc.property(mutations(documents), (text) => {
      const startMs = performance.now();
      try {
        use(text);
      } catch (error) {
        if (!(error instanceof TskataError) || error.code === "internal") throw error;
        if (error.message === "" || error.message.length > LONGEST_MESSAGE) throw error;
        refused += 1;
      }
      if (performance.now() - startMs > TIME_LIMIT_MS) throw new Error("it took too long");
    }),
    { numRuns: count },
  );
  t.ok(refused > count / 20 && refused < count, `${name}: ${refused} of ${count} refused`);
}

t.test("each of 3,000 mutated config.json becomes a whole plan or a clear refusal", async (t) => {
  check(t, "config.json", CONFIGS, seeds("config.json", CONFIG), (text) => {
    plan(readSpec(text, "config.json").spec);
  });
});

t.test("each of 1,000 mutated process.json becomes a whole plan or a clear refusal", async (t) => {
  check(t, "process.json", PROCESSES, seeds("process.json", PROCESS), (text) => {
    const { process } = readProcess(text, "process.json");
    const spec = defaultSpec();
    const rest = { initPid: 7, cgroup: "/sys/fs/cgroup/c1", terminalSize: { columns: 80, rows: 25 } };
    encodePlan(execPlan({ containerId: "c1", spec, process, ...rest }));
  });
});

t.test("each of 1,000 mutated resources becomes values for the cgroup or a clear refusal", async (t) => {
  check(t, "resources", RESOURCES, seeds("resources.json", LIMITS), (text) => {
    const { resources } = readResources(text, "resources");
    for (const { file, value } of resourceWrites(mergeResources(LIMITS, resources), FACTS)) {
      if (file === "" || file.includes("/") || value.includes("undefined") || value.includes("NaN")) {
        throw new Error(`${file}: ${value}`);
      }
    }
  });
});
