import { CleanupStack } from "../../../common/cleanup-stack.js";
import { resumeSerial } from "../../../protocol/serial-dialer.js";
import type { Template } from "../../template/template.js";
import { type AnsweringVm, answeringVm, type VmOptions } from "./answering-vm.js";
import { reachAgent } from "./reach-agent.js";
import { openShare } from "./open-share.js";
import { templateSpec } from "./template-vm.js";

/** A clone's agent was up before it was there: it answers in a tenth of a second. */
const ANSWER_TIMEOUT_MS = 15_000;

/** Clones a VM from a template. On failure nothing is left running. */
export async function cloneVm(options: VmOptions, template: Template, signal: AbortSignal): Promise<AnsweringVm> {
  const { vm, hypervisor, directory, timings } = options;
  const undo = new CleanupStack();
  try {
    const { virtiofsd } = vm;
    const sharing = timings.stage("share", () => openShare(options, signal));
    // Who fails first is told of by whoever waits.
    sharing.catch(() => undefined);
    undo.defer("stop sharing files", async () => {
      const share = await sharing.catch(() => undefined);
      await share?.close();
    });
    // QEMU serves 9p itself, from its start on.
    const ownShares = virtiofsd === undefined ? [(await sharing).device] : [];
    const spec = {
      ...templateSpec(vm),
      name: options.sandboxId,
      runDirectory: directory.vmmDirectory,
      start: {
        kind: "template",
        directory: template.directory,
        memory: virtiofsd === undefined ? "private" : "copied",
      },
      shares: ownShares,
      consoleLogPath: directory.consoleLog,
    } as const;
    const machine = await timings.stage("clone", () => hypervisor.boot(spec, signal));
    undo.defer("stop the VM", () => machine.stop());
    const dialer = resumeSerial(machine.agentChannel, template.nextStreamId);
    undo.defer("close the agent's connection", () => dialer.close());
    // It said who it is when its template was made.
    const awaited = { dialer, machine, timeoutMs: ANSWER_TIMEOUT_MS };
    const reaching = timings.stage("guest", () => reachAgent(awaited, signal));
    // Who fails first is told of by whoever waits.
    reaching.catch(() => undefined);
    const share = await sharing;
    if (virtiofsd !== undefined) await timings.stage("plug", () => machine.plugShare(share.device, signal));
    const { agent } = await reaching;
    return answeringVm({ machine, dialer, agent, share });
  } catch (error) {
    throw await undo.unwind(error);
  }
}
