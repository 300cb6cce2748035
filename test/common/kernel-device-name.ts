import { join } from "node:path";
import t from "tap";
import { kernelDeviceName } from "../../src/common/kernel-device-name.js";

t.test("kernelDeviceName() reads the name from sysfs", async (t) => {
  t.equal(kernelDeviceName({ type: "char", major: 1, minor: 3 }), "null");
  const sysfs = t.testdir({
    dev: {
      char: { "10:200": { uevent: "MAJOR=10\nMINOR=200\nDEVNAME=net/tun\n" }, "9:9": { uevent: "MAJOR=9\nMINOR=9\n" } },
      block: { "7:0": { uevent: "MAJOR=7\nMINOR=0\nDEVNAME=loop0\nDEVTYPE=disk\n" } },
    },
  });
  t.equal(kernelDeviceName({ type: "char", major: 10, minor: 200 }, sysfs), "net/tun");
  t.equal(kernelDeviceName({ type: "block", major: 7, minor: 0 }, sysfs), "loop0");
  t.equal(kernelDeviceName({ type: "char", major: 9, minor: 9 }, sysfs), undefined, "without a name");
  t.equal(kernelDeviceName({ type: "char", major: 7, minor: 0 }, sysfs), undefined, "of the other type");
  t.equal(kernelDeviceName({ type: "char", major: 1, minor: 3 }, join(sysfs, "none")), undefined);
});
