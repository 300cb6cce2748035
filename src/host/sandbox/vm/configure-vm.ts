import type { ShareDevice } from "../../../../hypervisors/hypervisor.js";
import type { AnsweringVm } from "./answering-vm.js";

const NINE_P_MSIZE_BYTES = 512 * 1024;

/** Sets in the guest what is the sandbox's own, before any container. */
export async function configureVm({ agent, share }: AnsweringVm, hostname: string, signal: AbortSignal): Promise<void> {
  await agent.configureSandbox(
    {
      hostname,
      clockRealtimeNs: BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e3)) * 1000n,
      shares: [shareMessage(share.device)],
    },
    { signal },
  );
}

function shareMessage(device: ShareDevice): object {
  return device.kind === "virtiofs"
    ? { tag: device.tag, kind: { case: "virtiofs", value: {} } }
    : { tag: device.tag, kind: { case: "nineP", value: { msize: NINE_P_MSIZE_BYTES } } };
}
