import { join } from "node:path";

/** Runs OCI runtimes by their command line. */
export const RUNC_SHIM = "io.containerd.runc.v2";

/** In the directory of a run: everything that goes when it is over. */
export const WORLD_FOLDER = "world";
/** Name of containerd's socket in its directory. */
export const CONTAINERD_SOCKET = "containerd.sock";

/** What containerd starts containers with. */
export interface ContainerdRuntime {
  /** Such as `io.containerd.runc.v2`. */
  readonly type: string;
  /** Absolute path of the program that containerd's own shim runs; runc of the search path where absent. */
  readonly binary?: string | undefined;
  /** The shim makes pods' sandboxes itself, by the sandbox API of containerd 2. */
  readonly makesSandboxes?: boolean | undefined;
}

/** How containerd is set up for critest. */
export interface ContainerdOptions {
  /** The first number of `containerd --version`. */
  readonly major: number;
  /** Everything of it is below. */
  readonly directory: string;
  /** By the names that pods choose them by; the first one is that of pods that name none. */
  readonly runtimes: Readonly<Record<string, ContainerdRuntime>>;
  /** Folders with files for registries (hosts.toml) and for networks. */
  readonly registries: string;
  readonly networks: string;
}

/** Folder of the network plugins of Debian's containernetworking-plugins. */
export const CNI_PLUGINS = "/usr/lib/cni";
const SANDBOX_IMAGE = "registry.k8s.io/pause:3.9";

/** The text of a `config.toml`: version 2 before containerd 2, and version 3 from there on (containerd's docs/cri/config.md). */
export function containerdConfiguration(options: ContainerdOptions): string {
  const { major, directory } = options;
  const sections = major < 2 ? sectionsBefore2(options) : sectionsFrom2(options);
  return [
    `version = ${major < 2 ? 2 : 3}`,
    `root = "${join(directory, "root")}"`,
    `state = "${join(directory, "state")}"`,
    "[grpc]",
    `address = "${join(directory, CONTAINERD_SOCKET)}"`,
    '[plugins."io.containerd.internal.v1.opt"]',
    `path = "${join(directory, "opt")}"`,
    ...sections,
    "",
  ].join("\n");
}

/** Whoever may not lower a process's score for the OOM killer couldn't start a pod otherwise. */
const LENIENT = ["restrict_oom_score_adj = true", "enable_unprivileged_ports = true"];

function sectionsBefore2({ runtimes, registries, networks }: ContainerdOptions): string[] {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return [
    `[${cri}]`,
    `sandbox_image = "${SANDBOX_IMAGE}"`,
    ...LENIENT,
    `[${cri}.registry]`,
    `config_path = "${registries}"`,
    `[${cri}.cni]`,
    `bin_dir = "${CNI_PLUGINS}"`,
    `conf_dir = "${networks}"`,
    ...runtimeSections(cri, runtimes),
  ];
}

function sectionsFrom2({ runtimes, registries, networks }: ContainerdOptions): string[] {
  const images = 'plugins."io.containerd.cri.v1.images"';
  const cri = 'plugins."io.containerd.cri.v1.runtime"';
  return [
    `[${images}.pinned_images]`,
    `sandbox = "${SANDBOX_IMAGE}"`,
    `[${images}.registry]`,
    `config_path = "${registries}"`,
    `[${cri}]`,
    ...LENIENT,
    `[${cri}.cni]`,
    `bin_dirs = ["${CNI_PLUGINS}"]`,
    `conf_dir = "${networks}"`,
    ...runtimeSections(cri, runtimes),
  ];
}

const SANDBOXER = ['sandboxer = "shim"', "disable_pause_image_pull = true"];

function runtimeSections(cri: string, runtimes: ContainerdOptions["runtimes"]): string[] {
  const sections = Object.entries(runtimes).flatMap(([name, { type, binary, makesSandboxes }]) => {
    const section = `${cri}.containerd.runtimes.${name}`;
    const options = binary === undefined ? [] : [`[${section}.options]`, `BinaryName = "${binary}"`];
    return [`[${section}]`, `runtime_type = "${type}"`, ...(makesSandboxes === true ? SANDBOXER : []), ...options];
  });
  return [`[${cri}.containerd]`, `default_runtime_name = "${Object.keys(runtimes)[0]}"`, ...sections];
}
