import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { fileSha256, fingerprint } from "../../../src/common/artifacts/fingerprint.js";

t.test("fingerprint() doesn't depend on the order of keys", async (t) => {
  t.equal(fingerprint({ a: 1, b: { c: "x", d: null } }), fingerprint({ b: { d: null, c: "x" }, a: 1 }));
});

t.test("fingerprint() depends on the order of a list, on types and on every value", async (t) => {
  const names = [
    fingerprint(["a", "b"]),
    fingerprint(["b", "a"]),
    fingerprint({ a: 1 }),
    fingerprint({ a: "1" }),
    fingerprint({ a: true }),
    fingerprint({ a: null }),
    fingerprint({}),
    fingerprint([]),
  ];
  t.equal(new Set(names).size, names.length);
  for (const name of names) t.match(name, /^[0-9a-f]{16}$/);
});

t.test("fileSha256() is the SHA-256 of the file's bytes", async (t) => {
  const path = join(t.testdir(), "file");
  await writeFile(path, "bytes");
  t.equal(await fileSha256(path), createHash("sha256").update("bytes").digest("hex"));
});
