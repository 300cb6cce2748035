import t from "tap";
import { refuseUnexpectedSkips } from "../../../scripts/testing/expected-skips.js";

const result = {
  file: { path: "test/a.ts", tier: "unit" as const },
  passed: 1,
  failed: [],
  skipped: [
    { name: "boots with KVM", detail: "no /dev/kvm" },
    { name: "another", detail: true },
  ],
  durationMs: 1,
  stderr: "",
};

t.test("a skip that is not named fails", async (t) => {
  const judged = refuseUnexpectedSkips(result, [{ file: "test/a.ts", test: "boots with KVM", reason: "no KVM" }]);
  t.match(judged.failed, [{ name: "another", detail: /not named/ }]);
  t.match(judged.skipped, [{ name: "boots with KVM" }]);
});

t.test("a whole file's skips can be named, but not another file's", async (t) => {
  t.equal(refuseUnexpectedSkips(result, [{ file: "test/a.ts", reason: "r" }]).failed.length, 0);
  t.equal(refuseUnexpectedSkips(result, [{ file: "test/b.ts", reason: "r" }]).failed.length, 2);
});
