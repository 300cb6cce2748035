import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeBusyboxRootfs } from "../../scripts/demo/busybox-rootfs.js";
import type { Spec } from "../../src/oci/config.js";
import type { Process } from "../../src/oci/process.js";

/** What a test wants otherwise than the example has it; `process` is merged key by key. */
export type SpecOverrides = Partial<Omit<Spec, "process">> & { readonly process?: Partial<Process> };

/**
 * Makes a bundle: `rootfs/` with static busybox, and a `config.json` that runs
 * `true` as root without a terminal.
 *
 * @param directory is made; must not exist yet
 * @returns the directory
 */
export function makeBusyboxBundle(directory: string, overrides: SpecOverrides = {}): string {
  mkdirSync(directory, { mode: 0o711 });
  makeBusyboxRootfs(join(directory, "rootfs"), process.env["TSKATA_TEST_BUSYBOX"]);
  writeConfig(directory, overrides);
  return directory;
}

/** Writes a bundle's `config.json` anew. */
export function writeConfig(directory: string, overrides: SpecOverrides): void {
  writeFileSync(join(directory, "config.json"), JSON.stringify(busyboxSpec(overrides)));
}

/** The example's `config.json` with changes. */
export function busyboxSpec({ process, ...overrides }: SpecOverrides = {}): Spec {
  return { ...BASE, ...overrides, process: { ...BASE_PROCESS, ...process } };
}

const CAPABILITIES = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"] as const;

const BASE_PROCESS: Process = {
  terminal: false,
  user: { uid: 0, gid: 0 },
  args: ["true"],
  env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
  cwd: "/",
  capabilities: { bounding: [...CAPABILITIES], effective: [...CAPABILITIES], permitted: [...CAPABILITIES] },
  noNewPrivileges: true,
};

const BASE: Spec = {
  ociVersion: "1.0.2",
  root: { path: "rootfs", readonly: false },
  hostname: "tskata-test",
  mounts: [
    { destination: "/proc", type: "proc", source: "proc" },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    { destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777"] },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
    {
      destination: "/sys/fs/cgroup",
      type: "cgroup",
      source: "cgroup",
      options: ["nosuid", "noexec", "nodev", "relatime", "ro"],
    },
  ],
  linux: {
    namespaces: [
      { type: "pid" },
      { type: "network" },
      { type: "ipc" },
      { type: "uts" },
      { type: "mount" },
      { type: "cgroup" },
    ],
    maskedPaths: ["/proc/kcore", "/proc/keys", "/sys/firmware"],
    readonlyPaths: ["/proc/bus", "/proc/sys", "/proc/sysrq-trigger"],
  },
};
