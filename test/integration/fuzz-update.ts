import { randomInt } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import { TskataError } from "../../src/common/error.js";
import type { Runtime } from "../../src/host/runtime/api.js";
import { openRuntime } from "../../src/host/runtime/open-runtime.js";
import { type Integer, toBigInt } from "../../src/oci/integer.js";
import type { LinuxResources } from "../../src/oci/linux-resources.js";
import { stringifyJson } from "../../src/oci/stringify-json.js";
import { readResources } from "../../src/oci/validate-resources.js";
import { mutations } from "../oci/fixtures/mutate.js";
import { TestTskata } from "../support/tskata.js";

const COUNT = 100;
/** Milliseconds for one document, by which a VM may grow and shrink. */
const TIME_LIMIT_MS = 15_000;
const LONGEST_MESSAGE = 8000;
/** Codes of errors that tell what the document, the guest or the host doesn't allow; the others are faults. */
const REFUSALS: readonly string[] = ["invalid-argument", "failed-precondition", "unsupported", "resource"];

const MIB = 1024 * 1024;
const LEAST = { memoryBytes: 64 * MIB, quota: 50_000, pids: 20 } as const;

/** Values, of which one in ten is none that can be had. */
function mostly<T>(good: readonly T[], bad: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...bad) },
  );
}

const optional = { requiredKeys: [] };
const generated: fc.Arbitrary<LinuxResources> = fc.record(
  {
    memory: fc.record(
      {
        limit: mostly<Integer>([-1, 0, LEAST.memoryBytes, 700 * MIB], [-2, 2n ** 50n, 2n ** 63n - 1n]),
        reservation: fc.constantFrom(-1, 0, MIB, 512 * MIB),
        swap: mostly([-1, 0], [LEAST.memoryBytes, 2048 * MIB]),
        swappiness: fc.constantFrom(0, 100),
        checkBeforeUpdate: fc.boolean(),
      },
      optional,
    ),
    cpu: fc.record(
      {
        shares: fc.constantFrom(0, 2, 1024, 262_144),
        quota: fc.constantFrom(-1, 0, LEAST.quota, 1_000_000),
        period: mostly([0, 10_000, 100_000, 1_000_000], [999, 1_000_001]),
        burst: mostly([0, 1], [2_000_000]),
        cpus: mostly(["", "0", "1", "0-1", "0-1023", "7,5,3"], ["1-0"]),
        mems: fc.constantFrom("", "0", "1"),
        idle: mostly([0, 1], [2]),
      },
      optional,
    ),
    pids: fc.record({ limit: mostly<Integer>([-1, LEAST.pids, 4_194_304], [2n ** 40n]) }),
    blockIO: fc.record(
      {
        weight: mostly([0, 10, 1000], [9]),
        throttleWriteBpsDevice: fc.array(
          fc.record({
            major: fc.constantFrom(1, 8, 254),
            minor: fc.constantFrom(0, 1),
            rate: fc.constantFrom(0, 1024 * MIB),
          }),
          { maxLength: 2 },
        ),
      },
      optional,
    ),
    hugepageLimits: mostly([[], [{ pageSize: "2MB", limit: 0 }]], [[{ pageSize: "7MB", limit: 1 }]]),
    unified: fc.dictionary(
      mostly(["memory.low", "memory.oom.group", "cpu.idle"], ["cpu.weight", "no.such"]),
      mostly(["0", "1"], ["", "max", "0\n0"]),
      { maxKeys: 2 },
    ),
  },
  optional,
);

const MUTATED: readonly LinuxResources[] = [
  {
    devices: [{ allow: false, access: "rwm" }],
    memory: { limit: 256 * MIB, reservation: 128 * MIB, swap: 512 * MIB, swappiness: 50, disableOOMKiller: false },
    cpu: { shares: 512, quota: 150_000, period: 100_000, burst: 1000, cpus: "0-1", mems: "0", idle: 0 },
    pids: { limit: 100 },
  },
  { memory: { limit: -1, swap: -1, checkBeforeUpdate: true }, cpu: { quota: -1, idle: 1 }, pids: { limit: -1 } },
  {
    blockIO: {
      weight: 100,
      weightDevice: [{ major: 254, minor: 0, weight: 200 }],
      throttleReadIOPSDevice: [{ major: 1, minor: 2, rate: 300 }],
    },
    hugepageLimits: [{ pageSize: "2MB", limit: 0 }],
    rdma: { mlx5_1: { hcaHandles: 3 } },
    network: { classID: 0, priorities: [] },
  },
  { unified: { "memory.low": "1048576", "memory.oom.group": "1", "cpu.weight": "50", "hugetlb.2MB.max": "0" } },
];

/** Raises limits that a container can't live on: that it ends by them, or hardly gets on, is what they mean. */
function bearable({ memory, cpu, pids, ...others }: LinuxResources): LinuxResources {
  return {
    ...others,
    ...(memory && {
      memory: {
        ...memory,
        ...raised("limit", memory.limit, LEAST.memoryBytes),
        ...raised("swap", memory.swap, LEAST.memoryBytes),
      },
    }),
    ...(cpu && { cpu: { ...cpu, ...raised("quota", cpu.quota, LEAST.quota) } }),
    ...(pids && { pids: { ...pids, ...raised("limit", pids.limit, LEAST.pids) } }),
  };
}

function raised<K extends string>(name: K, value: Integer | undefined, least: number): { [P in K]?: Integer } {
  const isLow = value !== undefined && toBigInt(value) >= 0n && toBigInt(value) < least;
  return isLow ? ({ [name]: least } as { [P in K]: Integer }) : {};
}

/** As `tskata update --resources` does it. Answers whether the document was refused; throws where anything is wrong with that. */
async function isRefused(runtime: Runtime, id: string, text: string): Promise<boolean> {
  const startMs = performance.now();
  let refused = false;
  try {
    const { resources } = readResources(text, `update ${id}`);
    await runtime.updateContainer(id, stringifyJson(bearable(resources)));
  } catch (error) {
    if (!(error instanceof TskataError) || !REFUSALS.includes(error.code)) throw error;
    if (error.message === "" || error.message.length > LONGEST_MESSAGE) throw error;
    refused = true;
  }
  const tookMs = Math.round(performance.now() - startMs);
  if (tookMs > TIME_LIMIT_MS) throw new Error(`it took ${tookMs} ms`);
  const { status } = await runtime.containerState(id);
  if (status !== "running") throw new Error(`the container is ${status}`);
  return refused;
}

t.test("each of 200 generated and mutated documents changes a running container's limits or is refused", async (t) => {
  const tskata = new TestTskata(t);
  const { id } = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
  const silent = { debug: () => undefined, warning: () => undefined };
  const runtime = await openRuntime({ root: tskata.stateRoot, configFile: tskata.configPath }, silent);
  const seed = randomInt(2 ** 31);
  for (const [what, documents] of [
    ["generated", generated.map(stringifyJson)],
    ["mutated", mutations(MUTATED)],
  ] as const) {
    let refused = 0;
    for (const text of fc.sample(documents, { numRuns: COUNT, seed })) {
      try {
        refused += Number(await isRefused(runtime, id, text));
      } catch (error) {
        throw new Error(`seed ${seed}, ${what}, ${text}`, { cause: error });
      }
    }
    t.ok(refused > COUNT / 20 && refused < COUNT, `${what}: ${refused} of ${COUNT} refused`);
  }

  await tskata.ok(["update", "--pids-limit", "77", "--cpu-idle", "0", id]);
  t.equal(await tskata.ok(["exec", id, "cat", "/proc/1/comm", "/sys/fs/cgroup/pids.max"]), "sleep\n77");
  t.equal(await tskata.status(id), "running");
  await tskata.ok(["delete", "--force", id]);
  t.same(await tskata.leaks(), []);
});
