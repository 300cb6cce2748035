import t from "tap";
import { kernelParameters } from "../../../hypervisors/xen/kernel-parameters.js";

t.test("kernelParameters() name root, init and channel, and what is added wins", async (t) => {
  const words = kernelParameters("pvh", ["panic=0"]).split(" ");
  for (const word of ["console=hvc0", "root=/dev/xvda", "init=/sbin/init", "tskata.agent=hvc"])
    t.ok(words.includes(word));
  t.ok(words.lastIndexOf("panic=0") > words.indexOf("panic=-1"));
});

t.test("kernelParameters() refuse what a guest's kernel would cut off, which is less for PV", async (t) => {
  const long = ["x".repeat(1500)];
  t.throws(() => kernelParameters("pv", long), { code: "invalid-argument", message: /a PV guest of Xen takes 1023/ });
  t.equal(typeof kernelParameters("pvh", long), "string");
  t.throws(() => kernelParameters("pvh", ["x".repeat(2000)]), { code: "invalid-argument", message: /takes 2047/ });
});
