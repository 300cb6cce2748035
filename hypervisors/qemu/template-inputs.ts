import { fileIdentity } from "../../src/common/file-identity.js";
import { type HostUser, LIVE_INPUT } from "../hypervisor.js";
import type { AcceleratorChoice } from "./accelerator.js";
import type { AgentTransport, QemuSettings } from "./options.js";
import { mayBeLive } from "./template-form.js";

/** What the driver decided for a VM, and with what it runs it. */
export interface TemplateInputsOf
  extends AcceleratorChoice, Pick<QemuSettings, "machine" | "liveTemplates" | "extraArguments" | "templatePrograms"> {
  /** Absolute path of QEMU. */
  readonly binary: string;
  readonly agentTransport: AgentTransport;
  readonly user: HostUser | undefined;
}

/** What a template depends on besides the VM's spec: QEMU itself and how it is run, as short texts. */
export async function templateInputs(of: TemplateInputsOf): Promise<Readonly<Record<string, string>>> {
  const {
    binary,
    user,
    accelerator,
    tscKhz,
    machine,
    agentTransport,
    liveTemplates,
    extraArguments,
    templatePrograms,
  } = of;
  const { forkServer } = templatePrograms;
  return {
    "file:qemu": await fileIdentity(binary),
    ...(forkServer === undefined ? {} : { "file:forkServer": await fileIdentity(forkServer) }),
    user: user === undefined ? "" : `${user.uid}:${user.gid}`,
    accelerator,
    // The measured number is another each time, and right each time.
    tsc: tscKhz === undefined ? "unknown" : "measured",
    machine,
    agentTransport,
    [LIVE_INPUT]: String(mayBeLive(accelerator, { liveTemplates, templatePrograms })),
    extraArguments: JSON.stringify(extraArguments),
  };
}
