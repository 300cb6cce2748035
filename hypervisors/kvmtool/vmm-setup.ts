import { chown, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { CleanupStack } from "../../src/common/cleanup-stack.js";
import type { HostUser, VmSpec } from "../hypervisor.js";
import type { AgentLink } from "./agent-link/agent-link.js";
import { bootCards } from "./boot-cards.js";
import { type BootCard, lkvmArguments, nineShares, VM_NAME } from "./command-line.js";
import { kernelImage } from "./kernel-image.js";
import { kernelCommandLine } from "./kernel-parameters.js";
import type { KvmtoolSettings } from "./options.js";
import { seclude } from "./seclude.js";

/** Below the run directory: lkvm's HOME, and where its root is mounted. */
const HOME = "lkvm";
const ROOT = "root";
/** What lkvm makes in its HOME. */
const STATE = ".lkvm";

/** How the lkvm of a VM is started. */
export interface VmmSetup {
  /** Of lkvm's control socket. */
  readonly socketPath: string;
  /** As lkvm sees it. */
  readonly home: string;
  readonly cards: readonly BootCard[];
  /** The command, with the CID that it is to take this time; undefined for none. */
  command(cid: number | undefined): string[];
  /** Removes what was made for it; lkvm has ended. */
  remove(): Promise<void>;
}

/** What a VM is set up with. */
export interface VmmSetupInput {
  readonly spec: VmSpec;
  readonly settings: KvmtoolSettings;
  /** Absolute path of lkvm. */
  readonly binary: string;
  /** Who runs lkvms that serve no files; undefined where this process is not root. */
  readonly user: HostUser | undefined;
  readonly link: Pick<AgentLink, "kernelParameter" | "devices" | "consoles">;
}

/**
 * Prepares all that lkvm is started with. On failure nothing is left.
 *
 * @throws TskataError `unsupported` for shares of virtiofs, `permission` for shares where lkvm can't be shut in, and as
 *   `kernelImage` and `kernelCommandLine`; the signal's reason
 */
export async function setUpVmm(input: VmmSetupInput, signal?: AbortSignal): Promise<VmmSetup> {
  const { spec, settings, binary, user, link } = input;
  const { imagePath, initrdPath, runDirectory } = spec;
  const hasTerminals = link.consoles !== undefined;
  const commandLine = kernelCommandLine({
    agent: link.kernelParameter,
    console: hasTerminals ? "ttyS1" : "ttyS0",
    extra: spec.extraKernelParameters,
  });
  const kernelPath = await kernelImage(spec.kernelPath);
  const files = {
    kernelPath,
    imagePath,
    ...(initrdPath !== undefined && { initrdPath }),
    shares: nineShares(spec.shares),
  };
  const undo = new CleanupStack();
  try {
    const [home, root] = [join(runDirectory, HOME), join(runDirectory, ROOT)];
    undo.defer("remove lkvm's files", () => rm(home, { recursive: true, force: true }));
    undo.defer("remove lkvm's root", () => rm(root, { recursive: true, force: true }));
    for (const directory of [home, join(home, STATE), root]) await mkdir(directory, { mode: 0o700 });
    const cards = bootCards(spec.networkCards ?? 0);
    const devices = link.devices;
    const seclusion = await seclude(
      { program: settings.enclosure, root, home, binary, files, user, cards, devices, hasTerminals },
      signal,
    );
    for (const directory of [home, join(home, STATE)]) await chown(directory, seclusion.owner.uid, seclusion.owner.gid);
    const options = { ...seclusion, commandLine, balloon: settings.balloon, extraArguments: settings.extraArguments };
    return {
      socketPath: join(home, STATE, `${VM_NAME}.sock`),
      home: seclusion.home,
      cards: seclusion.cards,
      command: (cid) => seclusion.wrap([seclusion.binary, ...lkvmArguments(spec, { ...options, hasTerminals, cid })]),
      remove: async () => {
        for (const failure of await undo.run()) settings.debugLog(failure.message);
      },
    };
  } catch (error) {
    throw await undo.unwind(error);
  }
}
