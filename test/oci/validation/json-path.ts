import t from "tap";
import { followPointer, memberPath } from "../../../src/oci/validation/json-path.js";

t.test("followPointer() tells lists from objects with numbers for names", async (t) => {
  const document = { a: [{ "0": "x" }], "b/c": { "d~e": 1 } };
  t.same(followPointer(document, ""), { path: "", value: document });
  t.same(followPointer(document, "/a/0/0"), { path: 'a[0]["0"]', value: "x" });
  t.same(followPointer(document, "/b~1c/d~0e"), { path: '["b/c"]["d~e"]', value: 1 });
});

t.test("memberPath() quotes names that aren't plain, and cuts long ones", async (t) => {
  t.equal(memberPath("", "linux"), "linux");
  t.equal(memberPath("linux", "netDevices"), "linux.netDevices");
  t.equal(memberPath("annotations", "a.b"), 'annotations["a.b"]');
  t.equal(memberPath("x", ""), 'x[""]');
  t.equal(memberPath("x", "y".repeat(100)), `x["${"y".repeat(64)}..."]`);
});
