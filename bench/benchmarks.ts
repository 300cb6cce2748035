import { median } from "./statistics.js";
import type { Stage } from "./waterfall.js";
import type { Workbench } from "./workbench.js";

/** A figure, beside what SPECIFICATION.md promises. */
export interface Figure {
  readonly name: string;
  readonly median: number;
  readonly unit: "ms" | "MB/s";
  readonly promised: number;
  /** Whether the promise is a least or a most. */
  readonly bound: "at most" | "at least";
  readonly samples: readonly number[];
}

const STREAM_BYTES = 64 * 1000 * 1000;

/** Boots VMs for containers that are created and deleted; gives the time to the agent's first answer. */
export async function coldBoot(bench: Workbench, rounds: number): Promise<{ figure: Figure; boots: Stage[][] }> {
  const bundle = bench.bundle(["true"]);
  const boots: Stage[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const id = bench.newId();
    await bench.time(["create", "--bundle", bundle, id]);
    boots.push(bench.stages());
    await bench.time(["delete", "--force", id]);
  }
  return { figure: atMost("cold boot", 1600, boots.map(bootMs)), boots };
}

/** `tskata run` of true, from the command's start to its end. */
export async function runTrue(bench: Workbench, rounds: number): Promise<Figure> {
  const bundle = bench.bundle(["true"]);
  return atMost("run", 2400, await repeat(rounds, () => bench.time(["run", "--bundle", bundle, bench.newId()])));
}

/** What is measured in a running container: exec, state and both directions of stdio. */
export async function inRunningContainer(bench: Workbench, rounds: number): Promise<Figure[]> {
  const id = bench.newId();
  await bench.time(["create", "--bundle", bench.bundle(["sleep", "100000"]), id]);
  try {
    await bench.time(["start", id]);
    const exec = atMost("exec", 200, await repeat(rounds, () => bench.time(["exec", id, "true"])));
    const state = atMost("state", 90, await repeat(rounds, () => bench.time(["state", id])));
    const rate = (durationMs: number): number => STREAM_BYTES / 1000 / Math.max(1, durationMs - exec.median);
    const zeros = Buffer.alloc(STREAM_BYTES);
    const intoGuest = (): Promise<number> => bench.time(["exec", id, "sh", "-c", "cat > /dev/null"], zeros);
    const outOfGuest = (): Promise<number> =>
      bench.time(["exec", id, "dd", "if=/dev/zero", "bs=64000", `count=${STREAM_BYTES / 64_000}`, "status=none"]);
    const stdin = atLeast("stdin", 20, (await repeat(rounds, intoGuest)).map(rate));
    const stdout = atLeast("stdout", 60, (await repeat(rounds, outOfGuest)).map(rate));
    return [exec, state, stdin, stdout];
  } finally {
    await bench.time(["delete", "--force", id]);
  }
}

/** `tskata update` of limits that a VM follows for the first time: by one processor, and by 512 MiB. */
export async function growth(bench: Workbench, rounds: number): Promise<Figure[]> {
  const bundle = bench.bundle(["sleep", "100000"]);
  const cpuMs: number[] = [];
  const memoryMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const id = bench.newId();
    await bench.time(["create", "--bundle", bundle, id]);
    try {
      await bench.time(["start", id]);
      // of each 100,000 microseconds
      cpuMs.push(await bench.time(["update", "--cpu-quota", "200000", id]));
      // 128 MiB less than the VM will have
      memoryMs.push(await bench.time(["update", "--memory", "896M", id]));
    } finally {
      await bench.time(["delete", "--force", id]);
    }
  }
  return [atMost("grow cpu", 500, cpuMs), atMost("grow 512M", 250, memoryMs)];
}

/** From the first thing that is done for a VM to the agent's first answer. */
export function bootMs(stages: readonly Stage[]): number {
  const answered = stages.find(({ stage, side }) => side === "host" && stage === "guest");
  if (answered === undefined) throw new Error("timings.json has no stage 'guest' of the host");
  return answered.endMs - Math.min(...stages.map(({ startMs }) => startMs));
}

/** The boot whose duration is the median, or the next longer one. */
export function medianBoot(boots: readonly Stage[][]): Stage[] {
  const sorted = boots.toSorted((a, b) => bootMs(a) - bootMs(b));
  return sorted[Math.floor(sorted.length / 2)] ?? [];
}

async function repeat(rounds: number, run: () => Promise<number>): Promise<number[]> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) samples.push(await run());
  return samples;
}

function atMost(name: string, promised: number, samples: readonly number[]): Figure {
  return { name, median: median(samples), unit: "ms", promised, bound: "at most", samples };
}

function atLeast(name: string, promised: number, samples: readonly number[]): Figure {
  return { name, median: median(samples), unit: "MB/s", promised, bound: "at least", samples };
}
