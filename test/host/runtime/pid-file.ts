import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { writePidFile } from "../../../src/host/runtime/pid-file.js";

t.test("writePidFile() replaces what is there, and leaves nothing beside it", async (t) => {
  const directory = t.testdir();
  const path = join(directory, "pid");
  writeFileSync(path, "a longer text than a pid");
  writePidFile(path, 42);
  t.equal(readFileSync(path, "utf8"), "42");
  t.same(readdirSync(directory), ["pid"]);
});

t.test("writePidFile() names the file that it can't write", async (t) => {
  const path = join(t.testdir({ pid: {} }), "pid");
  t.throws(() => writePidFile(path, 42), { code: "permission", message: new RegExp(`^write the pid file ${path}: `) });
  t.same(readdirSync(join(path, "..")), ["pid"]);
});
