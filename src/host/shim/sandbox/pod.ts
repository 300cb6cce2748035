import { posix } from "node:path";
import type { Spec } from "../../../oci/config.js";
import { isBindMount } from "../../../oci/is-bind-mount.js";
import type { PodFiles } from "./pod-files.js";

/** A pod whose sandbox its shim makes: what the pod's containers get of it. */
export interface Pod {
  /** The sandbox's id. */
  readonly id: string;
  readonly created: Date;
  /** The sandbox's config.json. */
  readonly specJson: string;
  /** Adds the pod's files to a container's config.json. */
  readonly adapt: (spec: Spec) => Spec;
}

/**
 * The mounts of a container with the pod's files, which containerd's CRI leaves to whoever makes the sandbox. What is bound
 * at their places already stays: the kubelet has an /etc/hosts of its own.
 */
export function withPodFiles(spec: Spec, { hostname, hosts, resolvConf, memory }: PodFiles): Spec {
  const { mounts = [], root } = spec;
  const access = root?.readonly === true ? "ro" : "rw";
  const offered = [
    { destination: "/etc/hostname", source: hostname, options: ["rbind", access] },
    { destination: "/etc/hosts", source: hosts, options: ["rbind", access] },
    { destination: "/etc/resolv.conf", source: resolvConf, options: ["rbind", access] },
    { destination: "/dev/shm", source: memory, options: ["rbind", "rw", "nosuid", "nodev", "noexec"] },
  ];
  const bound = new Set(mounts.filter(isBindMount).map(({ destination }) => posix.normalize(destination)));
  const added = offered.filter(({ destination }) => !bound.has(destination));
  const replaced = new Set(added.map(({ destination }) => destination));
  const kept = mounts.filter(({ destination }) => !replaced.has(posix.normalize(destination)));
  return { ...spec, mounts: [...kept, ...added.map((mount) => ({ ...mount, type: "bind" }))] };
}
