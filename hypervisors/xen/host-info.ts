import { readFile } from "node:fs/promises";
import { notDom0, notRoot } from "./errors.js";

/** What `xl info` says of the host, as far as it counts here. */
export interface HostInfo {
  readonly major: number;
  readonly minor: number;
  readonly freeMib: number;
  /** What there is, guests and this system included. */
  readonly totalMib: number;
  readonly processors: number;
  /** Whether the processor helps to virtualize guests. */
  readonly hasHvm: boolean;
  /** The name of Xen's scheduler; empty where it isn't told. */
  readonly scheduler: string;
}

/** Where this system is told what it is to Xen; tests have others. */
export interface Dom0Place {
  readonly capabilitiesPath: string;
  readonly typePath: string;
  readonly isRoot: boolean;
}

/** This system. */
export const THIS_HOST: Dom0Place = {
  capabilitiesPath: "/proc/xen/capabilities",
  typePath: "/sys/hypervisor/type",
  isRoot: process.getuid?.() === 0,
};

/**
 * Makes sure that this system is the one that controls Xen.
 *
 * @throws TskataError `unsupported`, or `permission` for users other than root
 */
export async function requireDom0(place: Dom0Place): Promise<void> {
  const capabilities = await readOrNothing(place.capabilitiesPath);
  if (!capabilities.includes("control_d")) throw notDom0(await whatElse(place, capabilities));
  if (!place.isRoot) throw notRoot();
}

async function whatElse(place: Dom0Place, capabilities: string): Promise<string> {
  if ((await readOrNothing(place.typePath)).trim() !== "xen") return "this system doesn't run on Xen";
  if (capabilities === "")
    return `${place.capabilitiesPath} is empty, as in a guest, or missing (mount -t xenfs xenfs /proc/xen)`;
  return `${place.capabilitiesPath} has no control_d`;
}

async function readOrNothing(path: string): Promise<string> {
  // Whatever the reason, nothing says that this is Xen.
  return readFile(path, "utf8").catch(() => "");
}

/** Reads the output of `xl info`: lines of a name, a colon and a value. */
export function parseHostInfo(output: string): HostInfo {
  const values = new Map<string, string>();
  for (const line of output.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) values.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  return {
    major: Number(values.get("xen_major") ?? 0),
    minor: Number(values.get("xen_minor") ?? 0),
    freeMib: Number(values.get("free_memory") ?? 0),
    scheduler: values.get("xen_scheduler") ?? "",
    totalMib: Number(values.get("total_memory") ?? 0),
    processors: Number(values.get("nr_cpus") ?? 0),
    hasHvm: /(^| )hvm-3\.0-x86_64( |$)/.test(values.get("xen_caps") ?? ""),
  };
}

/** Whether a Xen is of this version or a later one, `MAJOR.MINOR`. */
export function isAtLeast({ major, minor }: Pick<HostInfo, "major" | "minor">, version: string): boolean {
  const [needMajor = 0, needMinor = 0] = version.split(".").map(Number);
  return major > needMajor || (major === needMajor && minor >= needMinor);
}
