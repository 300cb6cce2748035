import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { allocatedBytes } from "../../../bench/memory/allocated-bytes.js";

t.test("files below a directory count with what is allocated of them", async (t) => {
  const directory = t.testdir();
  const empty = allocatedBytes(directory);
  mkdirSync(join(directory, "below"));
  writeFileSync(join(directory, "below/file"), Buffer.alloc(100_000, 1), { flush: true });
  const grown = allocatedBytes(directory) - empty;
  t.ok(grown >= 100_000 && grown < 200_000, String(grown));
  t.equal(allocatedBytes(join(directory, "absent")), 0);
});
