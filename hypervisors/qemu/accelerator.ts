import { TskataError } from "../../src/common/error.js";
import type { HostFacts } from "./host-facts.js";
import type { Accelerator, QemuSettings } from "./options.js";

/** What a VM is run with. */
export interface AcceleratorChoice {
  readonly accelerator: Accelerator;
  /** As the guest sees it; undefined where it is unknown, or needless because of KVM. */
  readonly tscKhz: number | undefined;
}

/**
 * Follows the configuration, or takes KVM where it really works and TCG
 * elsewhere, with a line to the debug log about the reason.
 *
 * @throws TskataError `unsupported` where the machine type needs what this host lacks
 */
export async function chooseAccelerator(
  settings: Pick<QemuSettings, "accelerator" | "machine" | "debugLog">,
  facts: HostFacts,
  signal?: AbortSignal,
): Promise<AcceleratorChoice> {
  if (settings.accelerator === "kvm") return { accelerator: "kvm", tscKhz: undefined };
  if (settings.accelerator === "auto") {
    const kvm = await facts.trial("kvm", signal);
    if (kvm.works) return { accelerator: "kvm", tscKhz: undefined };
    settings.debugLog(`KVM is not used, guests run under TCG: ${kvm.reason}`);
  }
  const tcg = await facts.trial("tcg", signal);
  if (!tcg.works) settings.debugLog(`the guest's clock is calibrated slowly: ${tcg.reason}`);
  const tscKhz = tcg.works ? tcg.tscKhz : undefined;
  if (settings.machine === "microvm" && tscKhz === undefined) {
    throw new TskataError(
      "unsupported",
      "machine microvm under TCG needs a host with an even time-stamp counter, or its guests hang; use machine q35",
    );
  }
  return { accelerator: "tcg", tscKhz };
}
