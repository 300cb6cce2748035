import { readFileSync } from "node:fs";

/** xenfs tells there what this kernel may do: `control_d` in dom0, and in no other. */
const CAPABILITIES = "/proc/xen/capabilities";

/** Whether this machine is the one from which a Xen makes others; where xenfs isn't mounted it is none. */
export function isDom0(path: string = CAPABILITIES): boolean {
  try {
    return readFileSync(path, "utf8").includes("control_d");
  } catch {
    return false;
  }
}
