/**
 * The namespace types of config.json, with the clone(2) flag of each and its
 * file under /proc/PID/ns (config-linux.md, "Namespaces"; namespaces(7)).
 */
export const NAMESPACES = {
  cgroup: { cloneFlag: 0x02000000, procName: "cgroup" },
  ipc: { cloneFlag: 0x08000000, procName: "ipc" },
  mount: { cloneFlag: 0x00020000, procName: "mnt" },
  network: { cloneFlag: 0x40000000, procName: "net" },
  pid: { cloneFlag: 0x20000000, procName: "pid" },
  time: { cloneFlag: 0x00000080, procName: "time" },
  user: { cloneFlag: 0x10000000, procName: "user" },
  uts: { cloneFlag: 0x04000000, procName: "uts" },
} as const satisfies Record<string, { cloneFlag: number; procName: string }>;

/** `type` of an entry of `linux.namespaces`. */
export type NamespaceType = keyof typeof NAMESPACES;
