import { digits } from "../../src/common/report/digits.js";
import { median } from "../../src/common/report/median.js";
import { unlessInstalled } from "../../test/engines/support/installed.js";
import { BenchContainerd, type Way, WAYS } from "../engines/bench-containerd.js";
import type { Samples } from "../figure.js";
import type { Measured, Measurement, Rounds } from "./measurement.js";

const MIB = 1 << 20;
/** What a container has with any shim: its VM, and who serves its files. */
const OF_VM = ["guest", "virtiofsd"];

/** What containerd takes to run a container by the command line, by tskata's shim, and with runc; and what one holds. */
export const containerd: Measurement = {
  name: "containerd",
  async measure({ rounds, signal }) {
    const missing = unlessInstalled("containerd");
    if (missing !== false) return { rows: [], notes: [`containerd: ${missing}`] };
    const bench = await BenchContainerd.start();
    try {
      return await measureAll(bench, rounds, signal);
    } finally {
      await bench.close();
    }
  },
};

async function measureAll(bench: BenchContainerd, rounds: Rounds, signal: AbortSignal): Promise<Measured> {
  const times: Record<Way, number[]> = { tskata: [], shim: [], runc: [] };
  const sizes: Record<Way, number[]> = { tskata: [], shim: [], runc: [] };
  const notes: string[] = [];
  for (let round = 0; round < rounds.many; round += 1) {
    for (const way of round % 2 === 0 ? WAYS : WAYS.toReversed()) {
      signal.throwIfAborted();
      times[way].push(await bench.run(way));
    }
  }
  for (let round = 0; round < rounds.few; round += 1) {
    for (const way of WAYS) {
      signal.throwIfAborted();
      const parts = [...(await bench.idleMemory(way))].filter(([part]) => !isOfVm(part));
      sizes[way].push(parts.reduce((sum, [, bytes]) => sum + bytes, 0) / MIB);
      if (round === 0)
        notes.push(`${way}: ${parts.map(([part, bytes]) => `${part} ${digits(bytes / MIB)}`).join(", ")}`);
    }
  }
  return {
    rows: [
      { name: "ctr run", unit: "ms", samples: ofCommands(times), limits: {} },
      { name: "ctr run, shim", unit: "ms", samples: { tskata: times.shim }, limits: {} },
      { name: "beside the VM", unit: "MiB", samples: ofCommands(sizes), limits: {} },
      { name: "the same, shim", unit: "MiB", samples: { tskata: sizes.shim }, limits: {} },
    ],
    notes: [
      `With containerd, an idle container's processes beside its VM, in MiB:\n${notes.join("\n")}`,
      `ctr run, the shim's time over the command line's: ${digits(median(times.shim) / median(times.tskata))}`,
    ],
  };
}

function ofCommands({ tskata, runc }: Record<Way, number[]>): Samples {
  return { tskata, runc };
}

function isOfVm(part: string): boolean {
  return OF_VM.includes(part) || part.startsWith("qemu-system-") || part.includes("fork-client");
}
