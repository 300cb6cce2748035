import { chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { CapturedVm, Hypervisor, ShareDevice } from "../../../../hypervisors/hypervisor.js";
import { CleanupStack } from "../../../common/cleanup-stack.js";
import { withDeadline } from "../../../common/deadline.js";
import { TskataError } from "../../../common/error.js";
import type { LogSink } from "../../../common/log.js";
import { dialSerial } from "../../../protocol/serial-dialer.js";
import { readHierarchies } from "../../cgroup/hierarchies.js";
import { identifyProcess } from "../../state/process-identity.js";
import type { TemplateIdentity } from "../../template/template-key.js";
import type { TemplateStore } from "../../template/template-store.js";
import { takePlaceOf } from "../take-place-of.js";
import { agentChannel, greetAgent } from "./reach-agent.js";
import { templateSpec } from "./template-vm.js";
import type { VmSettings } from "./vm-settings.js";
import { warmUpNetwork } from "./warm-up-network.js";
import { warmUp } from "./warm-up.js";

/** Of the directory in which a template is made: its files, what QEMU may reach, and what 9p shows. */
const FILES = "files";
const VMM = "vmm";
const NOTHING = "nothing";
const SHARE_TAG = "tskata";
const INIT = 1;

/**
 * Boots a VM, has it wait, and keeps it as the template of these settings. To
 * be called with the store's lock held. On failure nothing is left.
 *
 * @param log is warned where the process that holds it can't be put where nobody minds it
 * @throws what the driver throws, and TskataError `internal` where the guest doesn't come to rest
 */
export async function makeTemplate(
  store: TemplateStore,
  identity: TemplateIdentity,
  vm: VmSettings,
  hypervisor: Hypervisor,
  log: Pick<LogSink, "warning">,
  signal: AbortSignal,
): Promise<void> {
  const scratch = store.stage();
  const undo = new CleanupStack();
  undo.defer("remove what is left of its making", () => store.discard(scratch));
  try {
    const files = join(scratch, FILES);
    const { nextStreamId, pid } = await captureVm(files, scratch, vm, hypervisor, signal);
    const holder = pid === undefined ? undefined : identifyProcess(pid);
    // Whoever happens to need the template first must not have it in a cgroup that is to be removed.
    if (holder !== undefined) await takePlaceOf({ place: readHierarchies(INIT), niceness: 0 }, [holder.pid], log);
    const created = new Date().toISOString();
    await store.add(files, { version: 1, ...identity, created, nextStreamId, ...(holder && { holder }) });
  } catch (error) {
    throw await undo.unwind(error);
  }
  for (const failure of await undo.run()) throw failure;
}

interface Captured extends CapturedVm {
  /** The number of the next stream to the agent. */
  readonly nextStreamId: number;
}

async function captureVm(
  files: string,
  scratch: string,
  vm: VmSettings,
  hypervisor: Hypervisor,
  signal: AbortSignal,
): Promise<Captured> {
  const { vmmUser } = hypervisor;
  for (const name of [FILES, VMM, NOTHING]) await mkdir(join(scratch, name), { mode: 0o711 });
  const runDirectory = join(scratch, VMM);
  if (vmmUser !== undefined) await chown(runDirectory, vmmUser.uid, vmmUser.gid);
  const nineP: ShareDevice = { kind: "nine-p", tag: SHARE_TAG, directory: join(scratch, NOTHING) };
  const machine = await hypervisor.boot(
    {
      ...templateSpec(vm),
      name: "template",
      runDirectory,
      start: { kind: "to-capture", directory: files },
      shares: vm.virtiofsd === undefined ? [nineP] : [],
      consoleLogPath: join(scratch, "console.log"),
    },
    signal,
  );
  try {
    const awaited = { machine, timeoutMs: vm.bootTimeoutMs };
    const dialer = dialSerial(await agentChannel(awaited, signal));
    const greeted = await greetAgent({ ...awaited, dialer }, signal);
    const warm = async (deadline: AbortSignal): Promise<void> => {
      await warmUp(greeted.agent, dialer);
      if (hypervisor.capabilities.has("hotplug-nic")) await warmUpNetwork(machine, greeted.agent, deadline);
    };
    await withDeadline("warm the template up", vm.bootTimeoutMs, warm, signal);
    await greeted.hangUp();
    if (dialer.streamCount > 0) throw new TskataError("internal", "the template's agent still has streams open");
    return { ...(await machine.capture(signal)), nextStreamId: dialer.nextStreamId };
  } finally {
    await machine.stop();
  }
}
