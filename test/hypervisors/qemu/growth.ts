import t from "tap";
import { canGrow, growthRoom, inBlocks } from "../../../hypervisors/qemu/growth.js";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const SPEC = { vcpus: 1, memoryBytes: 500 * MIB, largest: { vcpus: 4, memoryBytes: 1000 * MIB } };
const Q35 = { machine: "q35", accelerator: "tcg" } as const;

t.test("growthRoom() is up to the largest size, in blocks above what the VM is booted with", async (t) => {
  t.same(growthRoom(SPEC, Q35), { vcpus: 4, memoryBytes: (500 + 512) * MIB });
  t.same(growthRoom({ ...SPEC, largest: { vcpus: 1, memoryBytes: 1 } }, Q35), { vcpus: 1, memoryBytes: 500 * MIB });
});

t.test("growthRoom() is bounded by what guest and accelerator can", async (t) => {
  const largest = { vcpus: 1000, memoryBytes: 4096 * GIB };
  t.same(growthRoom({ ...SPEC, memoryBytes: GIB, largest }, Q35), { vcpus: 8, memoryBytes: 512 * GIB });
  const kvm = growthRoom({ ...SPEC, memoryBytes: GIB, largest }, { ...Q35, accelerator: "kvm" });
  t.same(kvm, { vcpus: 64, memoryBytes: 4096 * GIB });
});

t.test("growthRoom() is none where nobody asks for it, and on a machine that can't grow", async (t) => {
  t.equal(growthRoom({ vcpus: 1, memoryBytes: GIB }, Q35), undefined);
  t.equal(growthRoom(SPEC, { ...Q35, machine: "microvm" }), undefined);
  t.same([canGrow("q35"), canGrow("microvm")], [true, false]);
});

t.test("inBlocks() rounds up to what the guest's kernel takes", async (t) => {
  t.same([inBlocks(0, GIB), inBlocks(1, GIB), inBlocks(129 * MIB, GIB)], [0, 128 * MIB, 256 * MIB]);
  t.equal(inBlocks(1, 64 * GIB), 2 * GIB);
});
