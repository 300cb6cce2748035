import t from "tap";
import { kernelCommandLine } from "../../../hypervisors/kvmtool/kernel-parameters.js";

t.test("kernelCommandLine() takes what fits, and not a byte more", async (t) => {
  const length = kernelCommandLine({ agent: "tskata.agent=x", extra: [] }).length;
  t.equal(kernelCommandLine({ agent: "tskata.agent=x", extra: ["p".repeat(2047 - length - 1)] }).length, 2047);
  t.throws(() => kernelCommandLine({ agent: "tskata.agent=x", extra: ["p".repeat(2047 - length)] }), {
    code: "invalid-argument",
    message: /has 2048 bytes, and kvmtool takes 2047/,
  });
  t.match(kernelCommandLine({ agent: "a", extra: ["panic=0"] }), / panic=-1 .* panic=0$/, "what is extra wins");
});
