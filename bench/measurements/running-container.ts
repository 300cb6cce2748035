import { atLeast, atMost, type Samples } from "../figure.js";
import type { BenchRuntime } from "../runtimes/bench-runtime.js";
import { median } from "../../src/common/report/median.js";
import { interleave } from "./interleave.js";
import type { BenchContext, Measured, Measurement } from "./measurement.js";
import { withContainers } from "./with-containers.js";

const STREAM_BYTES = 64 * 1000 * 1000;

/** A container that runs came from a pool or not: it makes no difference. */
const RUNTIMES = ["tskata", "tskata cold", "runc", "crun", "runsc"] as const;

/** `exec` of true, and `state`, of a running container. */
export const exec: Measurement = {
  name: "exec",
  measure: ({ bench, rounds, signal }) => {
    const runtimes = bench.runtimes(RUNTIMES);
    return withContainers(bench, runtimes, async (idOf) => {
      const take = (sample: (runtime: BenchRuntime) => Promise<number>): Promise<Samples> =>
        interleave(runtimes, rounds.many, signal, sample);
      const execs = await take((runtime) => runtime.exec(idOf(runtime), ["true"]));
      const states = await take((runtime) => runtime.state(idOf(runtime)));
      return {
        rows: [
          { name: "exec", unit: "ms", samples: execs, limits: { tskata: atMost(100), "tskata cold": atMost(100) } },
          { name: "state", unit: "ms", samples: states, limits: { tskata: atMost(90), "tskata cold": atMost(90) } },
        ],
      };
    });
  },
};

/** 64 MB into and out of a process in a running container; what an exec takes by itself is not counted. */
export const stdio: Measurement = {
  name: "stdio",
  measure: measureStdio,
};

async function measureStdio({ bench, rounds, signal }: BenchContext): Promise<Measured> {
  const runtimes = bench.runtimes(RUNTIMES);
  const zeros = Buffer.alloc(STREAM_BYTES);
  const dd = ["dd", "if=/dev/zero", "bs=64000", `count=${STREAM_BYTES / 64_000}`, "status=none"];
  return withContainers(bench, runtimes, async (idOf) => {
    const take = (args: readonly string[], input?: Buffer): Promise<Samples> =>
      interleave(runtimes, rounds.few, signal, (runtime) => runtime.exec(idOf(runtime), args, input));
    const idle = await take(["true"]);
    const into = rates(await take(["sh", "-c", "cat > /dev/null"], zeros), idle);
    const outOf = rates(await take(dd), idle);
    return {
      rows: [
        { name: "stdin", unit: "MB/s", samples: into, limits: { tskata: atLeast(20), "tskata cold": atLeast(20) } },
        { name: "stdout", unit: "MB/s", samples: outOf, limits: { tskata: atLeast(60), "tskata cold": atLeast(60) } },
      ],
    };
  });
}

/** Megabytes a second of streams whose milliseconds are given, without those of an exec of nothing. */
function rates(durations: Samples, idle: Samples): Samples {
  const names = Object.keys(durations) as (keyof Samples)[];
  return Object.fromEntries(
    names.map((name) => {
      const ownMs = median(idle[name] ?? []);
      return [name, (durations[name] ?? []).map((ms) => STREAM_BYTES / 1000 / Math.max(1, ms - ownMs))];
    }),
  );
}
