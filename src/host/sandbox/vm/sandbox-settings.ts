import type { MessageInit } from "ttrpc-ts/lite";
import type { ShareDevice } from "../../../../hypervisors/hypervisor.js";
import { NinePTransport, type SandboxSettings, type Share } from "../../../protocol/gen/agent_pb.js";
import { guestIdentity } from "../guest-identity.js";
import type { AnsweringVm } from "./answering-vm.js";

const NINE_P_MSIZE_BYTES = 512 * 1024;

/** What is to be set in the guest as the sandbox's own, before any container. */
export async function sandboxSettings(
  vm: Pick<AnsweringVm, "clock" | "share">,
  hostname: string,
): Promise<MessageInit<SandboxSettings>> {
  const [identity, clock] = await Promise.all([guestIdentity(hostname), vm.clock]);
  return { ...identity, clock, shares: vm.share.devices.map(shareMessage) };
}

function shareMessage(device: ShareDevice): MessageInit<Share> {
  if (device.kind === "virtiofs") return { tag: device.tag, kind: { case: "virtiofs", value: {} } };
  const transport = device.transport === "xen" ? NinePTransport.XEN : NinePTransport.VIRTIO;
  return { tag: device.tag, kind: { case: "nineP", value: { msize: NINE_P_MSIZE_BYTES, transport } } };
}
