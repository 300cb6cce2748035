import { TskataError } from "../../common/error.js";
import type { Spec } from "../../oci/config.js";
import type { NamespaceType } from "../../oci/tables/namespaces.js";
import type { Operation } from "../kernel/operation.js";

/** The operations that set names and kernel parameters, by where they belong. */
export interface KernelParameterOperations {
  /** In the launcher: the guest's network belongs to its first user namespace. */
  readonly before: readonly Operation[];
  /** In the child, which is in the container's namespaces. */
  readonly child: readonly Operation[];
}

/** ipc_namespaces(7), sysvipc(7). */
const IPC_PARAMETERS: ReadonlySet<string> = new Set(
  ["msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced"].map(
    (name) => `sys/kernel/${name}`,
  ),
);

/**
 * Host and domain name, and `linux.sysctl`. The kernel is the sandbox's own, so
 * that parameters which belong to no namespace may be set too.
 *
 * @param own types of namespaces that aren't the guest's
 * @throws TskataError `invalid-argument` for names without a namespace to hold
 *   them, and for keys that lead out of /proc/sys
 */
export function kernelParameterOperations(spec: Spec, own: ReadonlySet<NamespaceType>): KernelParameterOperations {
  const before: Operation[] = [];
  const child: Operation[] = [];
  for (const [what, op, name] of [
    ["hostname", "set-hostname", spec.hostname],
    ["domainname", "set-domainname", spec.domainname],
  ] as const) {
    if (name === undefined || name === "") continue;
    if (!own.has("uts")) {
      throw new TskataError("invalid-argument", `unable to set ${what} without a private UTS namespace`);
    }
    child.push({ op, name });
  }
  const listed = new Set((spec.linux?.namespaces ?? []).map(({ type }) => type));
  refuseNameKeys(spec);
  for (const [key, data] of Object.entries(spec.linux?.sysctl ?? {})) {
    const path = `sys/${sysctlPath(key)}`;
    const namespace = namespaceOf(path);
    if (namespace !== undefined && !listed.has(namespace)) {
      throw new TskataError("invalid-argument", `sysctl "${key}" is not allowed without a ${namespace} namespace`);
    }
    (path.startsWith("sys/net/") ? before : child).push({ op: "write-file", base: "proc", path, data });
  }
  return { before, child };
}

/** The host name's key is never taken, as in runc; the domain name's only where it says the same as the field. */
function refuseNameKeys({ domainname = "", linux }: Spec): void {
  for (const [key, value] of Object.entries(linux?.sysctl ?? {})) {
    const path = sysctlPath(key);
    const isOther = path === "kernel/domainname" && domainname !== "" && value !== domainname;
    if (path !== "kernel/hostname" && !isOther) continue;
    const field = path === "kernel/hostname" ? "hostname" : "domainname";
    throw new TskataError("invalid-argument", `sysctl "${key}" conflicts with the field "${field}"`);
  }
}

/** The type of namespace that a parameter belongs to; undefined for the kernel's own (namespaces(7)). */
function namespaceOf(path: string): NamespaceType | undefined {
  if (path.startsWith("sys/net/")) return "network";
  if (path.startsWith("sys/fs/mqueue/") || IPC_PARAMETERS.has(path)) return "ipc";
  return path === "sys/kernel/domainname" ? "uts" : undefined;
}

/** `net.ipv4.conf.eth0/1.forwarding` and `net/ipv4/conf/eth0.1/forwarding` are the same key (sysctl(8)). */
function sysctlPath(key: string): string {
  const separator = /[./]/.exec(key)?.[0];
  const path = separator === "/" ? key : key.replace(/[./]/g, (sign) => (sign === "." ? "/" : "."));
  if (path.split("/").some((part) => part === "" || part === "." || part === "..")) {
    throw new TskataError("invalid-argument", `linux.sysctl: "${key}" is no kernel parameter`);
  }
  return path;
}
