import { toBigInt } from "../integer.js";
import { describeValue } from "../validation/describe-value.js";
import type { ReportIssue } from "../validation/issue.js";
import type { Vm } from "../vm.js";

/** What the schema can't say about the `vm` section (config-vm.md). */
export function checkVm({ hypervisor, kernel, image, hwConfig }: Vm, error: ReportIssue): void {
  const paths: Readonly<Record<string, string | undefined>> = {
    "hypervisor.path": hypervisor?.path,
    "kernel.path": kernel.path,
    "kernel.initrd": kernel.initrd,
    "image.path": image?.path,
    "hwConfig.deviceTree": hwConfig?.deviceTree,
  };
  for (const [member, path] of Object.entries(paths)) {
    if (path !== undefined && !path.startsWith("/")) error(`vm.${member}`, describeValue(path), "an absolute path");
  }
  if (hwConfig?.vcpus === 0) error("vm.hwConfig.vcpus", "0", "at least 1");
  if (hwConfig?.memory !== undefined && toBigInt(hwConfig.memory) === 0n) {
    error("vm.hwConfig.memory", "0", "a number of bytes");
  }
}
