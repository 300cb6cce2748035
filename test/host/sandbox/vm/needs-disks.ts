import t from "tap";
import type { Capability } from "../../../../hypervisors/hypervisor.js";
import { needsDisks } from "../../../../src/host/sandbox/vm/needs-disks.js";

const never = AbortSignal.any([]);
const ALL = ["virtiofs", "nine-p", "hotplug-disk"] as const;

function ask(
  use: "always" | "where-needed" | "never",
  { has = ALL, virtiofsd, lack }: { has?: readonly Capability[]; virtiofsd?: string; lack?: string } = {},
): Promise<boolean> {
  const hypervisor = {
    capabilities: new Set<Capability>(has),
    require: (capability: Capability, what: string) => {
      if (!has.includes(capability)) throw new Error(`${what}: no ${capability}`);
    },
    whyNotNineP: async () => lack,
  };
  const vm = { disks: { use, directory: "/d", roomBytes: 1 }, ...(virtiofsd !== undefined && { virtiofsd }) };
  return needsDisks({ vm, hypervisor }, never);
}

t.test("needsDisks() is as asked, where the driver can plug them", async (t) => {
  t.equal(await ask("always"), true);
  t.equal(await ask("never", { lack: "none" }), false);
  await t.rejects(ask("always", { has: ["nine-p"] }), { message: 'share.backend = "disk": no hotplug-disk' });
});

t.test("needsDisks() where nothing else serves", async (t) => {
  t.equal(await ask("where-needed"), false);
  t.equal(await ask("where-needed", { lack: "no 9p" }), true);
  t.equal(await ask("where-needed", { lack: "no 9p", virtiofsd: "/v" }), false);
  t.equal(await ask("where-needed", { lack: "no 9p", virtiofsd: "/v", has: ["nine-p", "hotplug-disk"] }), true);
  t.equal(await ask("where-needed", { lack: "no 9p", has: ["nine-p"] }), false);
});
