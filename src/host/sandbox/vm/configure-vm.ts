import type { ShareDevice } from "../../../../hypervisors/hypervisor.js";
import { readGuestClock } from "../guest-clock.js";
import { guestIdentity } from "../guest-identity.js";
import type { AnsweringVm } from "./answering-vm.js";

const NINE_P_MSIZE_BYTES = 512 * 1024;

/** Sets in the guest what is the sandbox's own, before any container. */
export async function configureVm({ agent, share }: AnsweringVm, hostname: string, signal: AbortSignal): Promise<void> {
  const [identity, clock] = await Promise.all([guestIdentity(hostname), readGuestClock(agent, signal)]);
  await agent.configureSandbox({ ...identity, clock, shares: [shareMessage(share.device)] }, { signal });
}

function shareMessage(device: ShareDevice): object {
  return device.kind === "virtiofs"
    ? { tag: device.tag, kind: { case: "virtiofs", value: {} } }
    : { tag: device.tag, kind: { case: "nineP", value: { msize: NINE_P_MSIZE_BYTES } } };
}
