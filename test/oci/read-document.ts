import t from "tap";
import { matchesResources } from "../../src/oci/gen/validators.js";
import { readDocument } from "../../src/oci/read-document.js";
import { refusal } from "./fixtures/issues.js";

t.test("readDocument() validates the document in its right form", async (t) => {
  const text = '{"CPU":{"shares":null,"Quota":5}}';
  const seen: unknown[] = [];
  const { value, warnings } = readDocument(text, "r.json", matchesResources, (document) => {
    seen.push(structuredClone(document));
    return [{ severity: "warning", path: "x", found: "a", expected: "b" }];
  });
  t.same(value, { cpu: { quota: 5 } });
  t.same(seen, [value]);
  t.same(
    warnings.map(({ path }) => path),
    ["CPU", "cpu.Quota", "x"],
  );
});

t.test("readDocument() throws what the validation finds", async (t) => {
  const issue = { severity: "error", path: "x", found: "a", expected: "b" } as const;
  t.equal(
    refusal(() => readDocument("{}", "r.json", matchesResources, () => [issue])),
    "r.json: x: found a, expected b",
  );
});
