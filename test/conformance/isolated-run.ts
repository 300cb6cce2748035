import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { OwnCgroups } from "./own-cgroups.js";

/** Directories where runtimes keep their state by default: each run has empty ones. */
const STATE_DIRECTORIES = ["/run/runc", "/run/crun", "/run/tskata", "/run/tskata-vm"];
/**
 * Where an engine keeps what has no setting (shims' sockets, namespaces by name, leases of addresses), and templates of
 * VMs, whose processes end with the pid namespace.
 */
const ENGINE_DIRECTORIES = ["/run/containerd", "/run/netns", "/var/lib/cni", "/run/tskata-templates"];

/** A program of a suite. */
export interface IsolatedProgram {
  readonly command: readonly string[];
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** Gets what it prints. */
  readonly logPath: string;
  /** Milliseconds until it is killed. */
  readonly timeoutMs: number;
  /** Give it a controlling terminal. */
  readonly terminal: boolean;
  /** Show the host's cgroup v2 tree at /sys/fs/cgroup, where there is one beside cgroup v1. */
  readonly unifiedCgroups: boolean;
  /** It brings up an engine: give it a network that only has `lo`, IPC of its own, and these cgroups as the roots of all. */
  readonly engineCgroups?: OwnCgroups;
  /** Gets what it prints as well, as it comes. */
  readonly onOutput?: ((chunk: Buffer) => void) | undefined;
}

/**
 * Runs a program in a mount namespace with a shared root and without anybody's
 * containers, and in a pid namespace that takes all with it that it leaves.
 *
 * @returns what it printed, standard error included, and its exit status; null where it was killed
 */
export async function isolatedRun(
  program: IsolatedProgram,
  signal: AbortSignal,
): Promise<{ output: string; status: number | null }> {
  const inside = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const apart = program.engineCgroups === undefined ? [] : ["--net", "--ipc"];
  const command = [...inside, ...apart, "sh", "-c", setUp(program), "sh", ...program.command];
  const [file, ...args] = program.terminal ? onTerminal(command) : command;
  const child = spawn(file ?? "", args, {
    cwd: program.directory,
    env: { ...process.env, ...program.env },
    // A pipe that stays open: at the end of its input `script` would type an end of file.
    stdio: ["pipe", "pipe", "pipe"],
    signal,
    killSignal: "SIGKILL",
    timeout: program.timeoutMs,
  });
  const log = createWriteStream(program.logPath);
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      log.write(chunk);
      program.onOutput?.(chunk);
    });
  }
  child.stdin.on("error", () => undefined);
  const [status] = (await once(child, "close")) as [number | null];
  log.end();
  return { output: Buffer.concat(chunks).toString("utf8"), status };
}

/** A shell stays as process 1: it waits for whatever is left to it. */
function setUp({ unifiedCgroups, engineCgroups }: IsolatedProgram): string {
  const directories = [...STATE_DIRECTORIES, ...(engineCgroups === undefined ? [] : ENGINE_DIRECTORIES)];
  const empty = directories.map((path) => `mkdir -p ${path} && mount -t tmpfs none ${path}`);
  const cgroups = "! test -d /sys/fs/cgroup/unified || mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup";
  const steps = ["mount --make-rshared /", ...empty, ...(unifiedCgroups ? [cgroups] : [])];
  const run = '"$@"';
  if (engineCgroups === undefined) return [...steps, run].join(" && ");
  return [...steps, "ip link set lo up", engineCgroups.enter(run)].join(" && ");
}

function onTerminal(command: readonly string[]): string[] {
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  return ["script", "--quiet", "--return", "--flush", "--command", quoted, "/dev/null"];
}
