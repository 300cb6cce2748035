import t from "tap";
import { formatIssue, throwOnErrors, type ValidationIssue } from "../../../src/oci/validation/issue.js";
import { refusal } from "../fixtures/issues.js";

const error: ValidationIssue = { severity: "error", path: "a.b", found: "1", expected: "2" };
const warning: ValidationIssue = { ...error, severity: "warning" };

t.test("formatIssue() is one line", async (t) => {
  t.equal(formatIssue(error), "a.b: found 1, expected 2");
  t.equal(formatIssue({ ...error, path: "", hint: "c" }), 'the document: found 1, expected 2 (did you mean "c"?)');
});

t.test("throwOnErrors() passes warnings on", async (t) => {
  t.same(throwOnErrors("doc", []), []);
  t.same(throwOnErrors("doc", [warning]), [warning]);
});

t.test("throwOnErrors() lists errors alone, ten of them, in bounded length", async (t) => {
  t.equal(
    refusal(() => throwOnErrors("doc", [warning, error, error])),
    "doc: a.b: found 1, expected 2; a.b: found 1, expected 2",
  );
  const many = Array.from({ length: 12 }, () => error);
  t.match(
    refusal(() => throwOnErrors("doc", many)),
    /; and 2 more$/,
  );
  const long = Array.from({ length: 9 }, () => ({ ...error, found: "x".repeat(1000) }));
  t.equal(refusal(() => throwOnErrors("doc", long))?.length, "doc: ".length + 2000 + "...".length);
});
