import { posix } from "node:path";
import { TskataError } from "../../../common/error.js";
import { OCI_VERSION, type Spec } from "../../../oci/config.js";
import type { Linux, LinuxNamespace } from "../../../oci/linux.js";
import type { IdMapping } from "../../../oci/mount.js";
import {
  type IDMapping,
  NamespaceMode,
  type NamespaceOption,
  type PodSandboxConfig,
} from "../api/gen/cri/pod-sandbox_pb.js";
import type { CreateSandboxRequest } from "../api/gen/sandbox/sandbox_pb.js";
import type { PodFiles } from "./pod-files.js";

/** In the sandbox's root filesystem. */
export const PAUSE = "/pause";
/** What a sandbox has of the host's files. */
export interface SandboxFiles {
  /** Path of its root filesystem, relative to the bundle. */
  readonly root: string;
  readonly files: PodFiles;
}

/** What containerd's CRI gives a pod's first process, as the kubelet wants it. */
const OOM_SCORE_ADJ = -998;
const CPU_SHARES = 2;

/**
 * The config.json of a pod's sandbox, as containerd's CRI would have it: it holds the namespaces that the pod's containers
 * join. Those that are to be the host's are left out.
 *
 * @param config what the kubelet says of the pod
 * @throws TskataError `invalid-argument` for a user namespace that is neither the pod's nor the host's
 */
export function sandboxSpec(
  request: CreateSandboxRequest,
  config: PodSandboxConfig,
  { root, files }: SandboxFiles,
): Spec {
  const { linux } = config;
  return {
    ociVersion: OCI_VERSION,
    process: { args: [PAUSE], cwd: "/", user: { uid: 0, gid: 0 }, noNewPrivileges: true, oomScoreAdj: OOM_SCORE_ADJ },
    root: { path: root, readonly: true },
    ...(config.hostname !== "" && { hostname: config.hostname }),
    mounts: [
      { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755"] },
      { destination: "/dev/shm", type: "bind", source: files.memory, options: ["rbind", "ro"] },
    ],
    annotations: { ...request.annotations, ...annotations(request.sandboxId, config) },
    linux: {
      ...namespaces(linux?.securityContext?.namespaceOptions, request.netnsPath),
      ...(linux !== undefined && linux.cgroupParent !== "" && cgroupsPath(linux.cgroupParent, request.sandboxId)),
      sysctl: linux?.sysctls ?? {},
      resources: { cpu: { shares: CPU_SHARES } },
    },
  };
}

function namespaces(options: NamespaceOption | undefined, networkPath: string): Linux {
  const { network, pid, ipc, usernsOptions } = options ?? {};
  const isHosts = (mode: NamespaceMode | undefined): boolean => mode === NamespaceMode.NODE;
  const list: LinuxNamespace[] = [{ type: "mount" }];
  if (!isHosts(network)) list.push({ type: "network", path: networkPath }, { type: "uts" });
  if (!isHosts(pid)) list.push({ type: "pid" });
  if (!isHosts(ipc)) list.push({ type: "ipc" });
  if (usernsOptions === undefined || isHosts(usernsOptions.mode)) return { namespaces: list };
  if (usernsOptions.mode !== NamespaceMode.POD) {
    const found = Object.entries(NamespaceMode).find(([, mode]) => mode === usernsOptions.mode)?.[0];
    throw new TskataError(
      "invalid-argument",
      `a pod's user namespace is its own or the node's (POD or NODE), not ${found ?? usernsOptions.mode}`,
    );
  }
  return {
    namespaces: [...list, { type: "user" }],
    uidMappings: usernsOptions.uids.map(mapping),
    gidMappings: usernsOptions.gids.map(mapping),
  };
}

function mapping({ containerId, hostId, length }: IDMapping): IdMapping {
  return { containerID: containerId, hostID: hostId, size: length };
}

/** Below the pod's: with systemd a scope in its slice. */
function cgroupsPath(parent: string, id: string): Linux {
  const name = posix.basename(parent);
  return { cgroupsPath: name.endsWith(".slice") ? `${name}:cri-containerd:${id}` : posix.join(parent, id) };
}

/** Those that containerd's CRI gives a sandbox. */
function annotations(id: string, { metadata, logDirectory, linux }: PodSandboxConfig): Record<string, string> {
  const { resources } = linux ?? {};
  const said = {
    "container-type": "sandbox",
    "sandbox-id": id,
    "sandbox-namespace": metadata?.namespace,
    "sandbox-name": metadata?.name,
    "sandbox-uid": metadata?.uid,
    "sandbox-log-directory": logDirectory,
    "sandbox-cpu-period": resources?.cpuPeriod,
    "sandbox-cpu-quota": resources?.cpuQuota,
    "sandbox-cpu-shares": resources?.cpuShares,
    "sandbox-memory": resources?.memoryLimitInBytes,
  };
  const entries = Object.entries(said).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(entries.map(([name, value]) => [`io.kubernetes.cri.${name}`, String(value)]));
}
