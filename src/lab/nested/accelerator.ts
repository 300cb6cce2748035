import { accessSync, constants, readFileSync } from "node:fs";

/** Says `Y` or `1` where guests of KVM may have KVM. */
const NESTING = ["/sys/module/kvm_intel/parameters/nested", "/sys/module/kvm_amd/parameters/nested"];

/** KVM where this machine's lets guests have KVM themselves and may be opened, TCG elsewhere: twenty times slower. */
export function nestedAccelerator(): "kvm" | "tcg" {
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
  } catch {
    return "tcg";
  }
  return NESTING.some(allows) ? "kvm" : "tcg";
}

function allows(parameter: string): boolean {
  try {
    return /^[Y1]/.test(readFileSync(parameter, "utf8"));
  } catch {
    return false;
  }
}
