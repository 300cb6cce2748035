import { messageOf } from "../../../common/error.js";
import type { LogSink } from "../../../common/log.js";
import { growVm } from "../resize-vm.js";
import { growth } from "../vm-size.js";
import type { AnsweringVm } from "./answering-vm.js";
import { type BootOptions, bootVm } from "./boot-vm.js";
import { CLONE_NETWORK_CARDS, templateVmOf } from "./template-vm.js";
import type { VmSettings } from "./vm-settings.js";

/** A clone that is being made, and the settings that it is made for. */
export interface PreparedClone {
  readonly vm: VmSettings;
  /** Undefined where it can't be had. */
  readonly clone: Promise<AnsweringVm | undefined>;
}

/**
 * Takes the clone where it is, or can become, what is asked for, and boots a
 * VM otherwise.
 *
 * @param log hears why a clone isn't taken
 */
export async function acquireVm(
  prepared: PreparedClone | undefined,
  options: BootOptions,
  log: Pick<LogSink, "debug" | "warning">,
  signal: AbortSignal,
): Promise<AnsweringVm> {
  const clone = await prepared?.clone;
  if (prepared === undefined || clone === undefined) return bootVm(options, signal);
  const mismatch = whyNot(prepared.vm, options) ?? (await whyNotGrown(clone, options, log, signal));
  if (mismatch === undefined) return clone;
  log.debug(`the VM is not cloned but booted: ${mismatch}`);
  await clone.stop();
  return bootVm(options, signal);
}

/** Why a clone of other settings won't do. */
function whyNot(prepared: VmSettings, { vm, networkCards }: BootOptions): string | undefined {
  if (networkCards > CLONE_NETWORK_CARDS) return `clones have room for ${CLONE_NETWORK_CARDS} network cards`;
  const [have, want] = [prepared, vm].map((settings) =>
    JSON.stringify([templateVmOf(settings), settings.driver, settings.driverOptions, settings.virtiofsd]),
  );
  return have === want ? undefined : "config.json asks for another VM than the configuration";
}

async function whyNotGrown(
  clone: AnsweringVm,
  { vm, size }: BootOptions,
  log: Pick<LogSink, "warning">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const missing = growth(vm.sizing.smallest, size);
  if (Object.keys(missing).length === 0) return undefined;
  const setOnlineProcessors = async (count: number, deadline: AbortSignal): Promise<void> => {
    await clone.agent.setOnlineProcessors({ count }, { signal: deadline });
  };
  try {
    const [refusal] = await growVm({ machine: clone.machine, setOnlineProcessors }, missing, signal);
    return refusal;
  } catch (error) {
    signal.throwIfAborted();
    log.warning(`a clone could not grow: ${messageOf(error)}`);
    return "it could not grow";
  }
}
