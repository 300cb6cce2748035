import t from "tap";
import { assertContainerId } from "../../src/oci/container-id.js";
import { refusal } from "./fixtures/issues.js";

t.test("assertContainerId() takes the ids that runc takes", async (t) => {
  for (const id of ["a", "A-z_0.9+", "..a", "...", "-", "a".repeat(255), "04b0d06f75ef".repeat(5)]) {
    t.equal(
      refusal(() => assertContainerId(id)),
      undefined,
      id,
    );
  }
});

t.test("assertContainerId() refuses the others and says why, without printing 2,000 characters", async (t) => {
  const charset = 'only letters, digits, "_", "+", "-" and "." are taken';
  const cases: [string, string][] = [
    ["", 'container id "": it is empty'],
    [".", 'container id ".": it names a directory'],
    ["..", 'container id "..": it names a directory'],
    ["a/b", `container id "a/b": ${charset}`],
    ["../a", `container id "../a": ${charset}`],
    ["a b", `container id "a b": ${charset}`],
    ["a\n", `container id "a\\n": ${charset}`],
    ["a\0", `container id "a\\u0000": ${charset}`],
    ["ä", `container id "ä": ${charset}`],
    [
      "a".repeat(2000),
      `container id "${"a".repeat(60)}..." (2000 characters): it is too long, at most 255 characters are taken`,
    ],
  ];
  for (const [id, message] of cases) {
    t.equal(
      refusal(() => assertContainerId(id)),
      message,
    );
  }
});
