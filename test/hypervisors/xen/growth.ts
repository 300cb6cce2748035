import t from "tap";
import { growthRoom } from "../../../hypervisors/xen/growth.js";

const GIB = 1024 ** 3;

t.test(
  "growthRoom() is the largest size, as far as the guest's kernel goes, and never less than the first",
  async (t) => {
    const spec = { vcpus: 2, memoryBytes: GIB };
    t.strictSame(growthRoom(spec), spec);
    t.strictSame(growthRoom({ ...spec, largest: { vcpus: 4, memoryBytes: 8 * GIB } }), {
      vcpus: 4,
      memoryBytes: 8 * GIB,
    });
    t.strictSame(growthRoom({ ...spec, largest: { vcpus: 1, memoryBytes: 1 } }), spec);
    t.equal(growthRoom({ ...spec, largest: { vcpus: 1000, memoryBytes: GIB } }).vcpus, 64);
  },
);
