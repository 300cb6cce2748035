import { fileIdentity } from "../../src/common/file-identity.js";
import type { HostUser } from "../hypervisor.js";
import type { AcceleratorChoice } from "./accelerator.js";
import type { QemuSettings } from "./options.js";

/** What the driver decided for a VM, and with what it runs it. */
export interface TemplateInputsOf
  extends AcceleratorChoice, Pick<QemuSettings, "machine" | "liveTemplates" | "extraArguments"> {
  /** Absolute path of QEMU. */
  readonly binary: string;
  readonly user: HostUser | undefined;
  readonly forkServer?: string;
}

/** What a template depends on besides the VM's spec: QEMU itself and how it is run, as short texts. */
export async function templateInputs(of: TemplateInputsOf): Promise<Readonly<Record<string, string>>> {
  const { binary, user, accelerator, tscKhz, machine, liveTemplates, extraArguments, forkServer } = of;
  return {
    "file:qemu": await fileIdentity(binary),
    ...(forkServer === undefined ? {} : { "file:forkServer": await fileIdentity(forkServer) }),
    user: user === undefined ? "" : `${user.uid}:${user.gid}`,
    accelerator,
    // The measured number is another each time, and right each time.
    tsc: tscKhz === undefined ? "unknown" : "measured",
    machine,
    liveTemplates: String(liveTemplates),
    extraArguments: JSON.stringify(extraArguments),
  };
}
