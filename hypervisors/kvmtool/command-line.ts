import type { ShareDevice, VmSpec } from "../hypervisor.js";
import { memoryMib } from "../common/memory.js";
import { lacking } from "./errors.js";

/** How lkvm calls the VM; what tells VMs apart is the directory. */
export const VM_NAME = "vm";

/** A network card as the guest has it from its start. */
export interface BootCard {
  /** Of the tap that lkvm makes in its own network namespace. */
  readonly tap: string;
  readonly macAddress: string;
}

/** Files of a VM, by paths of one who sees them. */
export interface VmFiles {
  readonly kernelPath: string;
  readonly imagePath: string;
  readonly initrdPath?: string;
  readonly shares: readonly { readonly tag: string; readonly directory: string }[];
}

/** The guest has one console, which is lkvm's standard input and output. */
const SERIAL_ARGUMENTS = ["--console", "serial"];
/** It has a virtio console there, and a serial port by a terminal of lkvm's own: all that are no terminals are there. */
const TERMINAL_ARGUMENTS = ["--console", "virtio", "--tty", "1"];

/** What a VM's command line depends on. */
export interface CommandLineInput {
  /** As lkvm sees them. */
  readonly files: VmFiles;
  readonly commandLine: string;
  /** Undefined for no vsock. */
  readonly cid: number | undefined;
  /** Whether the agent has a console of its own. */
  readonly hasTerminals: boolean;
  readonly cards: readonly BootCard[];
  /** Whether the guest can be asked for memory. */
  readonly balloon: boolean;
  readonly extraArguments: readonly string[];
}

/** lkvm's arguments for a VM. */
export function lkvmArguments(
  { vcpus, memoryBytes }: Pick<VmSpec, "vcpus" | "memoryBytes">,
  input: CommandLineInput,
): string[] {
  const { files, commandLine, cid, hasTerminals, cards, balloon, extraArguments } = input;
  const { kernelPath, imagePath, initrdPath, shares } = files;
  return [
    ...["run", "--nodefaults", "--name", VM_NAME],
    ...["--kernel", kernelPath, ...(commandLine === "" ? [] : ["--params", commandLine])],
    ...(initrdPath === undefined ? [] : ["--initrd", initrdPath]),
    ...["--cpus", `${vcpus}`, "--mem", `${memoryMib(memoryBytes)}M`],
    ...(hasTerminals ? TERMINAL_ARGUMENTS : SERIAL_ARGUMENTS),
    ...["--disk", `${imagePath},ro`],
    ...(cid === undefined ? [] : ["--vsock", `${cid}`]),
    ...shares.flatMap(({ directory, tag }) => ["--9p", `${directory},${tag}`]),
    ...(cards.length === 0 ? ["--network", "mode=none"] : []),
    ...cards.flatMap(({ tap, macAddress }) => ["--network", `mode=tap,tapif=${tap},guest_mac=${macAddress}`]),
    ...(balloon ? ["--balloon"] : []),
    ...extraArguments,
  ];
}

/**
 * The shares as lkvm's own 9p server has them.
 *
 * @throws TskataError `unsupported` for another kind
 */
export function nineShares(shares: readonly ShareDevice[]): Extract<ShareDevice, { kind: "nine-p" }>[] {
  return shares.map((share) => {
    if (share.kind === "nine-p") return share;
    throw lacking(`share ${share.tag}`, "virtiofs");
  });
}
