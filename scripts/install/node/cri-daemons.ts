import { existsSync } from "node:fs";
import { join } from "node:path";
import { addContainerdRuntime, removeContainerdRuntime } from "./containerd-runtime.js";
import { CRIO_FILE, crioRuntime } from "./crio-runtime.js";

/** What a kubelet has containers made by. */
export interface CriDaemon {
  /** For people, and its unit's in systemd. */
  readonly name: string;
  /** Path of the file that names its runtimes, below the root directory. */
  readonly file: string;
  /** Gives the file's text with the runtime; gets what it is, empty where there is no file. */
  readonly add: (text: string) => string;
  /** Gives the file's text without the runtime; empty where there is to be no file. */
  readonly remove: (text: string) => string;
}

const CONTAINERD: CriDaemon = {
  name: "containerd",
  file: "etc/containerd/config.toml",
  add: addContainerdRuntime,
  remove: removeContainerdRuntime,
};

/**
 * The daemons that are set up on a machine: those that have a folder below /etc, or else containerd.
 *
 * @param root the machine's root directory
 * @param command absolute path of `tskata` there
 */
export function criDaemons(root: string, command: string): CriDaemon[] {
  const crio: CriDaemon = { name: "crio", file: CRIO_FILE, add: () => crioRuntime(command), remove: () => "" };
  const found = [
    ...(existsSync(join(root, "etc/containerd")) ? [CONTAINERD] : []),
    ...(existsSync(join(root, "etc/crio")) ? [crio] : []),
  ];
  return found.length === 0 ? [CONTAINERD] : found;
}
