import { atMost, type RuntimeName } from "../figure.js";
import type { Measurement } from "./measurement.js";
import { IDLE } from "./with-containers.js";

/** `update` of limits that a VM follows for the first time: by one processor, and by 512 MiB. */
export const growth: Measurement = {
  name: "growth",
  async measure({ bench, rounds, signal }) {
    const bundle = bench.bundle(IDLE);
    const cpu = new Map<RuntimeName, number[]>();
    const memory = new Map<RuntimeName, number[]>();
    for (let round = 0; round < rounds.few; round += 1) {
      for (const runtime of bench.tskatas(["tskata", "tskata cold"])) {
        signal.throwIfAborted();
        const id = runtime.newId();
        try {
          await runtime.create(bundle, id);
          await runtime.start(id);
          // Of each 100,000 microseconds.
          note(cpu, runtime.name, await runtime.update(id, ["--cpu-quota", "200000"]));
          // 128 MiB less than the VM will have.
          note(memory, runtime.name, await runtime.update(id, ["--memory", "2432M"]));
        } finally {
          await runtime.delete(id);
        }
      }
    }
    const bothAtMost = (ms: number): object => ({ tskata: atMost(ms), "tskata cold": atMost(ms) });
    return {
      rows: [
        { name: "grow cpu", unit: "ms", samples: Object.fromEntries(cpu), limits: bothAtMost(500) },
        { name: "grow 512M", unit: "ms", samples: Object.fromEntries(memory), limits: bothAtMost(250) },
      ],
    };
  },
};

function note(samples: Map<RuntimeName, number[]>, name: RuntimeName, value: number): void {
  samples.set(name, [...(samples.get(name) ?? []), value]);
}
