import t from "tap";
import { matchesConfig } from "../../../src/oci/gen/validators.js";
import { checkSchema } from "../../../src/oci/validation/check-schema.js";
import type { SchemaError, SchemaValidator } from "../../../src/oci/validation/schema-error.js";

t.test("checkSchema() keeps hints from hiding errors", async (t) => {
  const mounts = Array.from({ length: 150 }, () => ({ destination: "/", typ: "x" }));
  const issues = checkSchema(matchesConfig, { ociVersion: "1.0.0", mounts: [...mounts, {}] });
  t.equal(issues.length, 101);
  t.match(issues[0], { severity: "error", path: "mounts[150].destination" });
  t.match(issues[1], { severity: "warning", path: "mounts[0].typ", hint: "type" });
});

t.test("checkSchema() describes at most 100 of many thousand errors", async (t) => {
  const document = { ociVersion: "1.0.0", mounts: Array.from({ length: 100_000 }, () => ({})) };
  t.equal(checkSchema(matchesConfig, document).length, 100);
});

t.test("checkSchema() doesn't keep the validator's errors", async (t) => {
  const errors: SchemaError[] = [{ instancePath: "/a", keyword: "minItems", params: { limit: 2 } }];
  const validator: SchemaValidator = () => {
    validator.errors = errors;
    return false;
  };
  t.match(checkSchema(validator, { a: [1] }), [{ path: "a", found: "a list of 1", expected: "at least 2 entries" }]);
  t.equal(validator.errors, null);
});
