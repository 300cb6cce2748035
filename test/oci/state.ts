import t from "tap";
import { matchesState } from "../../src/oci/gen/output-validators.js";
import { parseJson } from "../../src/oci/parse-json.js";
import { checkSchema } from "../../src/oci/validation/check-schema.js";
import { lines, refusal } from "./fixtures/issues.js";
import { missing, sharedFiles } from "./fixtures/shared-files.js";

t.test("the state schema takes the good example and refuses the bad", { skip: missing("oci-fixtures") }, async (t) => {
  const good = sharedFiles("oci-fixtures/state/good", ".json");
  t.equal(good.length, 1);
  for (const { name, text } of good) t.same(checkSchema(matchesState, parseJson(text, name)), [], name);
  for (const { name, text } of sharedFiles("oci-fixtures/state/bad", ".json")) {
    t.match(
      refusal(() => parseJson(text, name)),
      /invalid-json\.json: not valid JSON at line 1, column 2/,
    );
  }
});

t.test("the state schema says what is wrong", async (t) => {
  t.same(lines(checkSchema(matchesState, { ociVersion: "1.3.0", id: "a", status: "runing", bundle: "/b" })), [
    'status: found "runing", expected one of "creating", "created", "running", "paused", "stopped" (did you mean "running"?)',
  ]);
});
