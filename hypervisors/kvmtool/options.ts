/** By what an agent is reached: the host kernel's vsock, or lkvm's virtio console. */
export type AgentTransport = "vsock" | "console";

/** Settings of the kvmtool driver; each has a default. */
export interface KvmtoolOptions {
  /** Path, or a name to look for on PATH. Default: TSKATA_LKVM of the environment, else `lkvm`. */
  readonly binary?: string;
  /**
   * Name of the user as whom lkvm runs, when this process is root and lkvm serves no files. Default: `tskata` where there is
   * such a user, else the number 65534.
   */
  readonly user?: string;
  /**
   * Gives VMs a balloon, by which they become smaller, and as large again as they were booted. By its device a guest can
   * write into lkvm beyond what is meant for it. Default false.
   */
  readonly balloon?: boolean;
  /** Appended to lkvm's command line as they are. */
  readonly extraArguments?: readonly string[];
  /** How long lkvm may take to answer after its start, in milliseconds. Default 10,000. */
  readonly startTimeoutMs?: number;
  /** Gets lines for `--debug`. */
  readonly debugLog?: (line: string) => void;
  /** Path of our program that shuts lkvm in. Default: none, so that it has no shares and no network cards. */
  readonly enclosure?: string;
  /** Path of the native part of vsock-ts. Default: its package's own. */
  readonly vsockPart?: string;
  /**
   * By what agents are reached. Default `auto`: the vsock of the host's kernel where it can be opened, and else a console.
   */
  readonly agentTransport?: AgentTransport | "auto";
  /** Path of our program that is joined with lkvm's consoles. Default: none, so that agents are reached by vsock alone. */
  readonly consoleRelay?: string;
}

type OptionalSetting = "user" | "enclosure" | "vsockPart" | "consoleRelay";

/** The options with their defaults filled in. */
export interface KvmtoolSettings extends Required<Omit<KvmtoolOptions, OptionalSetting>> {
  readonly user: string | undefined;
  readonly enclosure: string | undefined;
  readonly vsockPart: string | undefined;
  readonly consoleRelay: string | undefined;
}

const DEFAULT_START_TIMEOUT_MS = 10_000;

/** Fills in the defaults. */
export function settingsOf(options: KvmtoolOptions): KvmtoolSettings {
  return {
    binary: options.binary ?? process.env["TSKATA_LKVM"] ?? "lkvm",
    user: options.user,
    balloon: options.balloon ?? false,
    extraArguments: options.extraArguments ?? [],
    startTimeoutMs: options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS,
    debugLog: options.debugLog ?? (() => undefined),
    enclosure: options.enclosure,
    vsockPart: options.vsockPart,
    agentTransport: options.agentTransport ?? "auto",
    consoleRelay: options.consoleRelay,
  };
}
