import { join } from "node:path";
import t from "tap";
import { kernelImage } from "../../../hypervisors/kvmtool/kernel-image.js";

t.test("kernelImage() takes a bzImage, or the one beside it", async (t) => {
  const header = `${"\0".repeat(0x202)}HdrS`;
  const both = t.testdir({ vmlinux: "\x7fELF", bzImage: header });
  t.equal(await kernelImage(join(both, "bzImage")), join(both, "bzImage"));
  t.equal(await kernelImage(join(both, "vmlinux")), join(both, "bzImage"));
  const alone = t.testdir({ vmlinux: "\x7fELF" });
  await t.rejects(kernelImage(join(alone, "vmlinux")), { code: "unsupported", message: /guest\.kernel/ });
});
