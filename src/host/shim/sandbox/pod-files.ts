import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { hostname as hostsName } from "node:os";
import { join } from "node:path";
import { errnoName } from "../../../common/error.js";
import { runCommand } from "../../resource/run-command.js";
import type { DNSConfig, PodSandboxConfig } from "../api/gen/cri/pod-sandbox_pb.js";

/** Absolute paths of what a pod's containers have in common. */
export interface PodFiles {
  readonly hostname: string;
  readonly hosts: string;
  readonly resolvConf: string;
  /** A directory: its /dev/shm. */
  readonly memory: string;
}

const MEMORY_SIZE = "64m";

/** Where they are in a directory. */
export function podFiles(directory: string): PodFiles {
  return {
    hostname: join(directory, "hostname"),
    hosts: join(directory, "hosts"),
    resolvConf: join(directory, "resolv.conf"),
    memory: join(directory, "shm"),
  };
}

/**
 * Makes a pod's files, as containerd's CRI has them for a sandbox of its own: the host's, where the kubelet says nothing
 * else. The memory, the last of them, is a mount in the shim's own mount namespace.
 *
 * @throws Error where they can't be written
 */
export async function makePodFiles(files: PodFiles, config: PodSandboxConfig): Promise<void> {
  await writeFile(files.hostname, `${config.hostname || hostsName()}\n`);
  await copyIfThere("/etc/hosts", files.hosts);
  if (config.dnsConfig === undefined) await copyIfThere("/etc/resolv.conf", files.resolvConf);
  else await writeFile(files.resolvConf, resolvConf(config.dnsConfig));
  await mkdir(files.memory, { recursive: true });
  const options = `nosuid,nodev,noexec,mode=1777,size=${MEMORY_SIZE}`;
  await runCommand("mount the pod's memory", "mount", ["-t", "tmpfs", "-o", options, "shm", files.memory]);
}

/** An empty one where the host has none. */
async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    if (errnoName(error) !== "ENOENT") throw error;
    await writeFile(to, "");
  }
}

/** As resolv.conf(5) has it. */
function resolvConf({ servers, searches, options }: DNSConfig): string {
  const lines = [
    ...(searches.length > 0 ? [`search ${searches.join(" ")}`] : []),
    ...servers.map((server) => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${options.join(" ")}`] : []),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
