import { existsSync } from "node:fs";
import type { HostUser } from "../hypervisor.js";
import type { BootCard, VmFiles } from "./command-line.js";
import { enclosed, type EnclosedPart, librariesOf } from "./enclosure.js";
import { chooseIdentity } from "./identity.js";

const LOADER_CACHE = "/etc/ld.so.cache";
const KVM = "/dev/kvm";
const TUN = "/dev/net/tun";

/** What lkvm sees of the host, and how it is run there. */
export interface Seclusion {
  readonly binary: string;
  readonly files: VmFiles;
  readonly home: string;
  readonly cards: readonly BootCard[];
  /** Who is to own its HOME. */
  readonly owner: HostUser;
  /** Makes a command of the host's of one that runs there. */
  wrap(command: readonly string[]): string[];
}

/** What lkvm is shut in with, by paths of the host. */
export interface EncloseInput {
  /** Our program that does it. */
  readonly program: string;
  /** Where its root is mounted; exists. */
  readonly root: string;
  readonly home: string;
  readonly binary: string;
  readonly files: VmFiles;
  /** Who runs lkvms that serve no files. */
  readonly user: HostUser;
  readonly cards: readonly BootCard[];
  /** Device files that the agent's link takes. */
  readonly devices: readonly string[];
  /** Whether it has terminals of its own, the first as its standard input and output. */
  readonly hasTerminals: boolean;
}

/**
 * Shuts lkvm in with what it needs: its file server follows links that the
 * guest has made, and so finds whatever lkvm does.
 *
 * @throws the signal's reason
 */
export async function enclose(input: EncloseInput, signal?: AbortSignal): Promise<Seclusion> {
  const { program, root, home, binary, files, user, cards, hasTerminals } = input;
  const inside = {
    kernelPath: "/kernel",
    imagePath: "/image",
    ...(files.initrdPath !== undefined && { initrdPath: "/initrd" }),
    shares: files.shares.map(({ tag }) => ({ tag, directory: `/shares/${tag}` })),
  };
  const devices = [KVM, ...input.devices, ...(cards.length > 0 ? [TUN] : [])].filter((path) => existsSync(path));
  const libraries = await librariesOf(binary, signal);
  const loader = libraries.length === 0 ? [] : [...libraries, LOADER_CACHE].filter((path) => existsSync(path));
  const parts: EnclosedPart[] = [
    { source: binary, target: "/lkvm", access: "ro" },
    ...loader.map((path): EnclosedPart => ({ source: path, target: path, access: "ro" })),
    { source: files.kernelPath, target: inside.kernelPath, access: "ro" },
    { source: files.imagePath, target: inside.imagePath, access: "ro" },
    ...(files.initrdPath === undefined ? [] : [{ source: files.initrdPath, target: "/initrd", access: "ro" } as const]),
    { source: home, target: "/home", access: "rw" },
    ...devices.map((path): EnclosedPart => ({ source: path, target: path, access: "rw" })),
    ...files.shares.map(({ directory, tag }): EnclosedPart => ({
      source: directory,
      target: `/shares/${tag}`,
      access: "rw",
    })),
  ];
  const hasCards = cards.length > 0;
  const identity = await chooseIdentity({ user, servesFiles: files.shares.length > 0, hasCards, devices });
  return {
    ...{ binary: "/lkvm", files: inside, home: "/home", cards, owner: identity.user },
    wrap: (command) => enclosed({ program, root, identity, parts, hasTerminals }, command),
  };
}
