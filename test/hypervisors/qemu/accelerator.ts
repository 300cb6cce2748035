import { join } from "node:path";
import t, { type Test } from "tap";
import type { AcceleratorTrial } from "../../../hypervisors/qemu/accelerator-trial.js";
import { chooseAccelerator } from "../../../hypervisors/qemu/accelerator.js";
import { HostFacts } from "../../../hypervisors/qemu/host-facts.js";
import type { QemuOptions } from "../../../hypervisors/qemu/options.js";

const WORKS: AcceleratorTrial = { works: true, tscKhz: 2_000_000 };
const FAILS: AcceleratorTrial = { works: false, reason: "it hung" };

async function choose(
  t: Test,
  options: Pick<QemuOptions, "accelerator" | "machine">,
  trials: { kvm: AcceleratorTrial; tcg: AcceleratorTrial },
): Promise<{ accelerator: string; tscKhz: number | undefined; lines: string[]; tried: string[] }> {
  const lines: string[] = [];
  const tried: string[] = [];
  const debugLog = (line: string): void => void lines.push(line);
  const facts = new HostFacts({
    binary: process.execPath,
    user: undefined,
    directory: undefined,
    debugLog,
    cpuinfoPath: join(t.testdir({ cpuinfo: "flags : svm constant_tsc nonstop_tsc\n" }), "cpuinfo"),
    attempt: async ({ accelerator }) => {
      tried.push(accelerator);
      return trials[accelerator];
    },
  });
  const settings = { accelerator: "auto", machine: "q35", debugLog, ...options } as const;
  return { ...(await chooseAccelerator(settings, facts)), lines, tried };
}

t.test("chooseAccelerator() takes KVM where it works", async (t) => {
  t.strictSame(await choose(t, {}, { kvm: WORKS, tcg: WORKS }), {
    accelerator: "kvm",
    tscKhz: undefined,
    lines: [],
    tried: ["kvm"],
  });
});

t.test("chooseAccelerator() falls back to TCG with one line that says why", async (t) => {
  t.strictSame(await choose(t, {}, { kvm: FAILS, tcg: WORKS }), {
    accelerator: "tcg",
    tscKhz: 2_000_000,
    lines: ["KVM is not used, guests run under TCG: it hung"],
    tried: ["kvm", "tcg"],
  });
});

t.test("chooseAccelerator() follows the configuration without a trial of the other", async (t) => {
  t.match(await choose(t, { accelerator: "kvm" }, { kvm: FAILS, tcg: WORKS }), { accelerator: "kvm", tried: [] });
  const tcg = await choose(t, { accelerator: "tcg" }, { kvm: WORKS, tcg: WORKS });
  t.match(tcg, { accelerator: "tcg", tried: ["tcg"], lines: [] });
});

t.test("chooseAccelerator() goes on without the counter's frequency on q35", async (t) => {
  const choice = await choose(t, { accelerator: "tcg" }, { kvm: FAILS, tcg: FAILS });
  t.match(choice, { accelerator: "tcg", tscKhz: undefined, lines: [/calibrated slowly: it hung/] });
});

t.test("chooseAccelerator() refuses microvm under TCG without it, because the guest may hang", async (t) => {
  const trials = { kvm: FAILS, tcg: { works: true, tscKhz: undefined } } as const;
  await t.rejects(choose(t, { machine: "microvm" }, trials), { name: "TskataError", code: "unsupported" });
  t.match(await choose(t, { machine: "microvm" }, { kvm: WORKS, tcg: FAILS }), { accelerator: "kvm" });
});
