import { join } from "node:path";
import t from "tap";
import { bindSources, isBindMount } from "../../../src/host/runtime/bind-sources.js";

t.test("isBindMount() goes by the type and by the options", async (t) => {
  t.ok(isBindMount({ destination: "/a", type: "bind" }));
  t.ok(isBindMount({ destination: "/a", type: "none", options: ["rbind", "ro"] }));
  t.ok(isBindMount({ destination: "/a", options: ["bind"] }));
  t.notOk(isBindMount({ destination: "/a", type: "tmpfs", options: ["ro"] }));
});

t.test("bindSources() keeps the index in config.json, and counts relative sources from the bundle", async (t) => {
  const bundle = t.testdir({ data: {} });
  const mounts = [
    { destination: "/proc", type: "proc" },
    { destination: "/a", type: "bind", source: "data", options: ["bind", "ro"] },
    { destination: "/b", type: "bind", source: bundle, options: ["rbind"] },
    { destination: "/c", type: "bind", source: bundle },
  ];
  t.same(bindSources(mounts, bundle), [
    { index: 1, source: join(bundle, "data"), readOnly: true, recursive: false },
    { index: 2, source: bundle, readOnly: false, recursive: true },
    { index: 3, source: bundle, readOnly: false, recursive: true },
  ]);
});

t.test("bindSources() lets the last of ro and rw count", async (t) => {
  const readOnly = (options: string[]): boolean | undefined =>
    bindSources([{ destination: "/a", type: "bind", source: "/", options }], "/")[0]?.readOnly;
  t.equal(readOnly(["ro", "rw"]), false);
  t.equal(readOnly(["rw", "rro"]), true);
  t.equal(readOnly(["rro", "rrw"]), false);
});

t.test("bindSources() refuses a mount without a source, and a source that isn't there", async (t) => {
  t.throws(() => bindSources([{ destination: "/a", type: "bind" }], "/"), {
    code: "invalid-argument",
    message: "bind mount at /a: it names no source",
  });
  t.throws(() => bindSources([{ destination: "/a", type: "bind", source: "/no/source" }], "/"), {
    code: "not-found",
    message: "bind mount at /a: /no/source: no such file or directory",
  });
});
