import { chmodSync } from "node:fs";
import { join, relative } from "node:path";
import t from "tap";
import { findBinary } from "../../../hypervisors/qemu/binary.js";

t.test("findBinary() looks along PATH and passes over what can't be executed", async (t) => {
  const directory = t.testdir({ a: { qemu: {} }, b: { qemu: "" }, c: { qemu: "" } });
  const at = (name: string): string => join(directory, name);
  chmodSync(join(at("c"), "qemu"), 0o755);
  t.equal(await findBinary("qemu", `${at("a")}:${at("b")}:${at("c")}`), join(at("c"), "qemu"));
  await t.rejects(findBinary("qemu", `${at("a")}:${at("b")}`), { name: "TskataError", code: "not-found" });
});

t.test("findBinary() takes a path as it is, and makes it absolute", async (t) => {
  t.equal(await findBinary(process.execPath, ""), process.execPath);
  t.equal(await findBinary(`./${relative(process.cwd(), process.execPath)}`, ""), process.execPath);
  await t.rejects(findBinary("/nonexistent/qemu"), { code: "not-found", message: /\/nonexistent\/qemu/ });
});
