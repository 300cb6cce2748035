import t from "tap";
import { nearestName } from "../../../src/oci/validation/nearest-name.js";

t.test("nearestName() finds the name that was meant", async (t) => {
  const known = ["namespaces", "network", "memory", "args", "cwd", "oomScoreAdj"];
  const cases: [string, string | undefined][] = [
    ["namespace", "namespaces"],
    ["networks", "network"],
    ["netwrok", "network"],
    ["MEMORY", "memory"],
    ["agrs", "args"],
    ["arg", "args"],
    ["oom_score_adj", "oomScoreAdj"],
    ["cmd", "cwd"],
    ["x", undefined],
    ["completely different", undefined],
    ["", undefined],
  ];
  for (const [name, nearest] of cases) t.equal(nearestName(name, known), nearest, name);
});

t.test("nearestName() takes the nearer of two and isn't slowed by long names", async (t) => {
  t.equal(nearestName("soft", ["sort", "soft1", "soft"]), "soft");
  t.equal(nearestName("x".repeat(1_000_000), ["x".repeat(999_999)]), undefined);
});
