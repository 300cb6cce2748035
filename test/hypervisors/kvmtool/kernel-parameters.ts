import t from "tap";
import { kernelCommandLine } from "../../../hypervisors/kvmtool/kernel-parameters.js";

t.test("kernelCommandLine() takes what fits, and not a byte more", async (t) => {
  const ways = { agent: "tskata.agent=x", console: "ttyS1" } as const;
  const length = kernelCommandLine({ ...ways, extra: [] }).length;
  t.equal(kernelCommandLine({ ...ways, extra: ["p".repeat(2047 - length - 1)] }).length, 2047);
  t.throws(() => kernelCommandLine({ ...ways, extra: ["p".repeat(2047 - length)] }), {
    code: "invalid-argument",
    message: /has 2048 bytes, and kvmtool takes 2047/,
  });
  t.match(
    kernelCommandLine({ ...ways, extra: ["panic=0"] }),
    /^console=ttyS1 .* panic=-1 .* panic=0$/,
    "what is extra wins",
  );
});
