import t from "tap";
import { checkVm } from "../../../src/oci/checks/check-vm.js";
import type { Vm } from "../../../src/oci/vm.js";
import { reported } from "../fixtures/issues.js";

const check = (vm: Vm): string[] => reported((error) => checkVm(vm, error));

t.test("checkVm() takes what is in order", async (t) => {
  t.same(check({ kernel: { path: "/k" } }), []);
  const image = { path: "/i", format: "raw" } as const;
  t.same(check({ kernel: { path: "/k", initrd: "/r" }, image, hwConfig: { vcpus: 1, memory: 2n ** 60n } }), []);
});

t.test("checkVm() wants absolute paths, a processor and memory", async (t) => {
  t.same(
    check({
      hypervisor: { path: "qemu" },
      kernel: { path: "", initrd: "r" },
      image: { path: "i", format: "raw" },
      hwConfig: { deviceTree: "d", vcpus: 0, memory: 0 },
    }),
    [
      'vm.hypervisor.path: found "qemu", expected an absolute path',
      'vm.kernel.path: found "", expected an absolute path',
      'vm.kernel.initrd: found "r", expected an absolute path',
      'vm.image.path: found "i", expected an absolute path',
      'vm.hwConfig.deviceTree: found "d", expected an absolute path',
      "vm.hwConfig.vcpus: found 0, expected at least 1",
      "vm.hwConfig.memory: found 0, expected a number of bytes",
    ],
  );
});
