import type { VmSize } from "../../../../hypervisors/hypervisor.js";
import { CleanupStack } from "../../../common/cleanup-stack.js";
import { dialSerial } from "../../../protocol/serial-dialer.js";
import { readGuestClock } from "../guest-clock.js";
import { addGuestStages } from "../guest-stages.js";
import { type AnsweringVm, answeringVm, type VmOptions } from "./answering-vm.js";
import { CONTAINER_DISKS } from "./container-disks.js";
import { agentChannel, greetAgent } from "./reach-agent.js";
import { openShare } from "./open-share.js";

/** What only a VM that boots can be given. */
export interface BootOptions extends VmOptions {
  readonly size: VmSize;
  /** How many network cards it will be given. */
  readonly networkCards: number;
}

/** Boots a VM from its kernel. On failure nothing is left running. */
export async function bootVm(options: BootOptions, signal: AbortSignal): Promise<AnsweringVm> {
  const { vm, hypervisor, directory, timings } = options;
  const undo = new CleanupStack();
  try {
    const share = await timings.stage("share", () => openShare(options, signal));
    undo.defer("stop sharing files", () => share.close());
    const spec = {
      name: options.sandboxId,
      runDirectory: directory.vmmDirectory,
      kernelPath: vm.kernelPath,
      imagePath: vm.imagePath,
      ...(vm.initrdPath === undefined ? {} : { initrdPath: vm.initrdPath }),
      extraKernelParameters: vm.kernelParameters,
      ...options.size,
      largest: vm.sizing.largest,
      networkCards: options.networkCards,
      shares: share.devices,
      ...(share.disks && { disks: CONTAINER_DISKS }),
      consoleLogPath: directory.consoleLog,
    };
    const machine = await timings.stage("vmm", () => hypervisor.boot(spec, signal));
    undo.defer("stop the VM", () => machine.stop());
    const { agent, dialer } = await timings.stage("guest", async () => {
      const awaited = { machine, timeoutMs: vm.bootTimeoutMs };
      const dialer = dialSerial(await agentChannel(awaited, signal));
      undo.defer("close the agent's connection", () => dialer.close());
      const greeted = await greetAgent({ ...awaited, dialer }, signal);
      addGuestStages(timings, greeted.bootMarksMs, machine.bootMarks);
      return { ...greeted, dialer };
    });
    const clock = Promise.resolve(await readGuestClock(agent, signal));
    return answeringVm({ machine, dialer, agent, clock, share });
  } catch (error) {
    throw await undo.unwind(error);
  }
}
