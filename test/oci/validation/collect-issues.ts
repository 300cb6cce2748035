import t from "tap";
import { matchesResources } from "../../../src/oci/gen/validators.js";
import { collectIssues } from "../../../src/oci/validation/collect-issues.js";

t.test("collectIssues() checks further only where the shape is right", async (t) => {
  let checked = 0;
  const check = (): void => {
    checked += 1;
  };
  t.equal(collectIssues(matchesResources, { cpu: 1 }, check).length, 1);
  t.equal(checked, 0);
  t.match(collectIssues(matchesResources, { cpus: {} }, check), [{ severity: "warning", hint: "cpu" }]);
  t.equal(checked, 1);
});

t.test("collectIssues() gives errors first and at most 100 of each kind", async (t) => {
  const issues = collectIssues(matchesResources, {}, (error, warning) => {
    for (let index = 0; index < 200; index += 1) {
      warning(`w${index}`, "a", "b");
      error(`e${index}`, "a", "b");
    }
  });
  t.equal(issues.length, 200);
  t.match(issues[0], { severity: "error", path: "e0" });
  t.match(issues[199], { severity: "warning", path: "w99" });
});
