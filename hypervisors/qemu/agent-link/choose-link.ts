import type { HostUser, VmSpec } from "../../hypervisor.js";
import type { AgentTransport } from "../options.js";
import type { TemplateForm } from "../template-form.js";
import type { AgentLink, LinkInput } from "./agent-link.js";
import { serialLink } from "./serial-link.js";
import { openVhostUserLink } from "./vhost-user-link.js";
import { openVsockLink } from "./vsock-link.js";

/** What decides how an agent is reached. */
export interface LinkChoice extends Omit<LinkInput, "isClone"> {
  readonly transport: AgentTransport;
  readonly vhostDeviceVsock: string;
  readonly user: HostUser | undefined;
  readonly spec: Pick<VmSpec, "start" | "runDirectory">;
  /** Of the template that the VM becomes; undefined where it doesn't. */
  readonly form: TemplateForm | undefined;
}

/**
 * Opens the way to an agent that the settings ask for, as far as it can be:
 * forks of a QEMU would share any but a serial port, and QEMU keeps no
 * vhost-user device in a template's files.
 *
 * @throws TskataError `not-found` or `unavailable` where this host lacks what it takes
 */
export async function chooseLink({ transport, form, spec, ...input }: LinkChoice): Promise<AgentLink> {
  const { start = { kind: "kernel" } } = spec;
  if (form === "live") return serialLink;
  switch (transport) {
    case "serial":
      return serialLink;
    case "vsock":
      return openVsockLink({ ...input, isClone: start.kind === "template" });
    case "vhost-user-vsock":
      return start.kind === "kernel" ? openVhostUserLink({ ...input, runDirectory: spec.runDirectory }) : serialLink;
  }
}
