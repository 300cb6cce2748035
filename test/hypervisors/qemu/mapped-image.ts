import t from "tap";
import { mappedBytes } from "../../../hypervisors/qemu/mapped-image.js";

const MIB = 2 ** 20;
const SPEC = { memoryBytes: 512 * MIB };
const ROOM = { vcpus: 1, memoryBytes: 512 * MIB };

t.test("mappedBytes() is the size of an image of whole blocks", (t) => {
  t.equal(mappedBytes(256 * MIB, SPEC, ROOM), 256 * MIB);
  t.end();
});

t.test("mappedBytes() leaves other images to a disk", (t) => {
  for (const bytes of [0, 2 * MIB, 130 * MIB]) t.equal(mappedBytes(bytes, SPEC, ROOM), undefined);
  t.end();
});

t.test("mappedBytes() knows that a large machine has larger blocks", (t) => {
  t.equal(mappedBytes(128 * MIB, { memoryBytes: 65_536 * MIB }, ROOM), undefined);
  t.end();
});

t.test("mappedBytes() maps nothing into a machine that can't grow", (t) => {
  t.equal(mappedBytes(128 * MIB, SPEC, undefined), undefined);
  t.end();
});
