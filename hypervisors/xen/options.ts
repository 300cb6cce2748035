/** How a domain is virtualized: with the processor's help (PVH), or without (PV). */
export type GuestType = "pvh" | "pv";

/** Settings of the Xen driver; each has a default. */
export interface XenOptions {
  /** Xen's toolstack: a path, or a name to look for on PATH and where root's programs are. Default `xl`. */
  readonly xl?: string;
  /** Default `auto`: PVH where Xen and the processor have it, PV elsewhere. */
  readonly guest?: GuestType | "auto";
  /** A kernel that can be a PV guest; without one the VM's own has to be. */
  readonly pvKernel?: string;
  /** Lines for the end of each domain's configuration, see xl.cfg(5). */
  readonly extraConfig?: readonly string[];
  /** How long the toolstack may take to make a domain, in milliseconds. Default 60,000. */
  readonly startTimeoutMs?: number;
  /** How long it may take for anything else. Default 30,000. */
  readonly commandTimeoutMs?: number;
  /** Gets lines for `--debug`. */
  readonly debugLog?: (line: string) => void;
  /** Path of our script that moves a network card's backend; without it there are no network cards. */
  readonly vifScript?: string;
  /** Path of our script that shares files with the guest; without it there are no shares. */
  readonly diskScript?: string;
}

type OptionalSetting = "pvKernel" | "vifScript" | "diskScript";

/** The options with their defaults filled in. */
export interface XenSettings extends Required<Omit<XenOptions, OptionalSetting>> {
  readonly pvKernel: string | undefined;
  readonly vifScript: string | undefined;
  readonly diskScript: string | undefined;
}

/** Fills in the defaults. */
export function settingsOf(options: XenOptions): XenSettings {
  return {
    xl: options.xl ?? "xl",
    guest: options.guest ?? "auto",
    pvKernel: options.pvKernel,
    extraConfig: options.extraConfig ?? [],
    startTimeoutMs: options.startTimeoutMs ?? 60_000,
    commandTimeoutMs: options.commandTimeoutMs ?? 30_000,
    debugLog: options.debugLog ?? (() => undefined),
    vifScript: options.vifScript,
    diskScript: options.diskScript,
  };
}
