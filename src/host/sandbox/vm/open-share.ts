import { chown } from "node:fs/promises";
import { join } from "node:path";
import type { Hypervisor, ShareDevice } from "../../../../hypervisors/hypervisor.js";
import { CleanupStack } from "../../../common/cleanup-stack.js";
import { ShareDirectory } from "../../resource/share-directory.js";
import { startVirtiofsd, type Virtiofsd } from "../../resource/virtiofsd.js";
import type { RunDirectory } from "../../state/run-directory.js";
import { ContainerDisks } from "./container-disks.js";
import { needsDisks } from "./needs-disks.js";
import type { HostPrograms, VmSettings } from "./vm-settings.js";

/** Tag of the one share, mounted by the agent under /run/tskata/shares. */
const SHARE_TAG = "tskata";
/** Where the guest sees the share. */
export const GUEST_SHARE_PATH = `/run/tskata/shares/${SHARE_TAG}`;

/** How a VM's files are served. */
export interface ShareOptions {
  readonly directory: RunDirectory;
  readonly sandboxId: string;
  readonly hypervisor: Pick<Hypervisor, "vmmUser" | "capabilities" | "ninePTransport" | "whyNotNineP" | "require">;
  readonly vm: Pick<VmSettings, "virtiofsd" | "disks">;
  readonly programs: Pick<HostPrograms, "bindMount" | "virtiofsdPreload">;
}

/** A directory that a VM can be given, itself or in copies. */
export interface OpenShare {
  readonly directory: ShareDirectory;
  /** What the VM gets for it: one device, or none where containers have disks. */
  readonly devices: readonly ShareDevice[];
  /** Where containers' files are copied to, where the guest doesn't see the directory itself. */
  readonly disks: ContainerDisks | undefined;
  /** What serves it, where that isn't the VMM. */
  readonly server: Virtiofsd | undefined;
  /** Ends it. */
  close(): Promise<void>;
}

/**
 * Prepares the share's directory and starts what serves it: virtiofsd where there is one and the driver has virtiofs,
 * and else the VMM itself (9p). Disks serve where they are asked for, or there is no 9p. On failure nothing is left.
 */
export async function openShare(options: ShareOptions, signal: AbortSignal): Promise<OpenShare> {
  const { directory: run, sandboxId, programs } = options;
  const { vmmUser, capabilities, ninePTransport: transport } = options.hypervisor;
  const virtiofsd = capabilities.has("virtiofs") ? options.vm.virtiofsd : undefined;
  const undo = new CleanupStack();
  try {
    const directory = new ShareDirectory(run.shareDirectory, run.skeletonDirectory, programs.bindMount);
    await directory.prepare();
    undo.defer("stop sharing files", () => directory.close());
    if (vmmUser !== undefined) await chown(run.vmmDirectory, vmmUser.uid, vmmUser.gid);
    if (await needsDisks(options, signal)) {
      const { directory: where, roomBytes } = options.vm.disks;
      const disks = await ContainerDisks.open(join(where, `tskata-disks-${sandboxId}`), run.disksLink, roomBytes);
      const close = async (): Promise<void> => {
        await disks.close();
        await directory.close();
      };
      return { directory, devices: [], disks, server: undefined, close };
    }
    if (virtiofsd === undefined) {
      const device = { kind: "nine-p", tag: SHARE_TAG, directory: directory.path, transport } as const;
      return { directory, devices: [device], disks: undefined, server: undefined, close: () => directory.close() };
    }
    const socketPath = join(run.vmmDirectory, "virtiofs.sock");
    const server = await startVirtiofsd(
      {
        binary: virtiofsd,
        preload: programs.virtiofsdPreload,
        sharedDirectory: directory.path,
        socketPath,
        ...(vmmUser && { socketOwner: vmmUser }),
      },
      signal,
    );
    const close = async (): Promise<void> => {
      await server.stop();
      await directory.close();
    };
    const device = { kind: "virtiofs", tag: SHARE_TAG, socketPath } as const;
    return { directory, devices: [device], disks: undefined, server, close };
  } catch (error) {
    throw await undo.unwind(error);
  }
}
