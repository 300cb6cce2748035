import { isDom0 } from "./xen/is-dom0.js";

/** Machines on which a driver is taken without being asked for. */
export interface Habitat {
  /** With its article, for texts: `a Xen dom0`. */
  readonly place: string;
  /** Whether this machine is one. Every command that makes a VM asks: a look at one file at most. */
  isHere(): boolean;
}

/** What is known of a driver that isn't loaded. */
export interface KnownDriver {
  /** Where it is taken by itself: on such machines, on all others (`elsewhere`), or nowhere where absent. */
  readonly automatic?: Habitat | "elsewhere";
  /** Where it alone knows how large the machine is, of which this system has a part: `Hypervisor.hostSize`. */
  readonly ownsMachine?: true;
}

/** The drivers that there are, by name, in the order of texts. Of no driver is more than a habitat loaded. */
export const KNOWN_DRIVERS = {
  qemu: { automatic: "elsewhere" },
  kvmtool: {},
  xen: { automatic: { place: "a Xen dom0", isHere: isDom0 }, ownsMachine: true },
} as const satisfies Readonly<Record<string, KnownDriver>>;

/** The name of a driver. */
export type DriverName = keyof typeof KNOWN_DRIVERS;

/** The names of all drivers, for configuration and texts. */
export const driverNames = Object.keys(KNOWN_DRIVERS) as readonly DriverName[];
