import t from "tap";
import { checkIdMappings } from "../../../src/oci/checks/check-id-mappings.js";
import { reported } from "../fixtures/issues.js";

/** Ranges as [containerID, hostID, size]. */
function check(...ranges: [number, number, number][]): string[] {
  const mappings = ranges.map(([containerID, hostID, size]) => ({ containerID, hostID, size }));
  return reported((error) => checkIdMappings(mappings, "m", error));
}

t.test("checkIdMappings() takes ranges that touch, in any order, to the last id", async (t) => {
  t.same(check(), []);
  t.same(check([1, 100000, 65535], [0, 1000, 1]), []);
  t.same(check([0, 0, 4294967295]), []);
});

t.test("checkIdMappings() refuses empty ranges, overlaps and ids past the end", async (t) => {
  t.same(check([0, 0, 0]), ["m[0].size: found 0, expected at least 1"]);
  t.same(check([1, 4294967295, 2]), ["m[0].size: found 2, expected ids that end at 4294967295"]);
  t.same(check([5, 100, 10], [0, 0, 6]), ["m[0].containerID: found 5, expected ranges that don't overlap"]);
  t.same(check([0, 100, 10], [10, 109, 1]), ["m[1].hostID: found 109, expected ranges that don't overlap"]);
});

t.test("checkIdMappings() refuses more ranges than the kernel takes", async (t) => {
  const ranges = Array.from({ length: 341 }, (_, index): [number, number, number] => [index, index, 1]);
  t.same(check(...ranges), ["m: found 341 ranges, expected at most 340"]);
});
