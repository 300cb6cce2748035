import { getPriority } from "node:os";
import { CleanupStack } from "../../../common/cleanup-stack.js";
import type { LogSink } from "../../../common/log.js";
import { resumeSerial } from "../../../protocol/serial-dialer.js";
import type { Template } from "../../template/template.js";
import { entranceFiles } from "../../cgroup/cgroup-place.js";
import { takePlaceOf } from "../take-place-of.js";
import { type AnsweringVm, answeringVm, type VmOptions } from "./answering-vm.js";
import { agentChannel, reachAgent } from "./reach-agent.js";
import { openShare } from "./open-share.js";
import { templateSpec } from "./template-vm.js";

/** A clone's agent was up before it was there: it answers in a tenth of a second. */
const ANSWER_TIMEOUT_MS = 15_000;

/**
 * Clones a VM from a template. On failure nothing is left running.
 *
 * @param log is warned where its processes can't be put where this one is
 */
export async function cloneVm(
  options: VmOptions,
  template: Template,
  log: Pick<LogSink, "warning">,
  signal: AbortSignal,
): Promise<AnsweringVm> {
  const { vm, hypervisor, directory, place, timings } = options;
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
    const ownShares = virtiofsd === undefined ? (await sharing).devices : [];
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
      cgroupFiles: entranceFiles(place),
    } as const;
    const machine = await timings.stage("clone", () => hypervisor.boot(spec, signal));
    undo.defer("stop the VM", () => machine.stop());
    // One that was forked may be where the template is, and as nice.
    const placed = takePlaceOf({ place, niceness: getPriority() }, [process.pid, ...machine.hostPids], log);
    // Who fails first is told of by whoever waits.
    placed.catch(() => undefined);
    const { agent, clock, dialer } = await timings.stage("guest", async () => {
      const awaited = { machine, timeoutMs: ANSWER_TIMEOUT_MS };
      const dialer = resumeSerial(await agentChannel(awaited, signal), template.nextStreamId);
      undo.defer("close the agent's connection", () => dialer.close());
      // It said who it is when its template was made. Before the plug, which keeps the guest busy: its clock is known
      // the better the sooner it answers.
      return { ...(await reachAgent({ ...awaited, dialer }, signal)), dialer };
    });
    const share = await sharing;
    if (virtiofsd !== undefined) {
      await timings.stage("plug", () => Promise.all(share.devices.map((each) => machine.plugShare(each, signal))));
    }
    await placed;
    return answeringVm({ machine, dialer, agent, clock: Promise.resolve(clock), share });
  } catch (error) {
    throw await undo.unwind(error);
  }
}
