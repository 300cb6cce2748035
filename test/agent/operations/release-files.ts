import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { releaseFiles } from "../../../src/agent/operations/release-files.js";

t.test("releaseFiles() has the kernel drop names and inodes, and no pages", async (t) => {
  const control = join(t.testdir({ drop_caches: "0\n" }), "drop_caches");
  await releaseFiles(control);
  t.equal(readFileSync(control, "utf8"), "2\n");
  await t.rejects(releaseFiles("/no/such/file"), { code: "ENOENT" });
});
