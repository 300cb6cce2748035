import { readFile } from "node:fs/promises";

/** What the host's processor says about itself. */
export interface HostCpu {
  /** Intel VT-x or AMD-V is there. */
  readonly virtualization: boolean;
  /** The time-stamp counter ticks evenly, whatever the core does. */
  readonly stableTsc: boolean;
}

/** Reads the first processor's flags. See proc_cpuinfo(5). */
export async function hostCpu(path = "/proc/cpuinfo"): Promise<HostCpu> {
  return parseCpuFlags(await readFile(path, "utf8"));
}

/** The same, from the file's text. */
export function parseCpuFlags(cpuinfo: string): HostCpu {
  const line = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? "";
  const flags = new Set(line.trim().split(/\s+/));
  return {
    virtualization: flags.has("vmx") || flags.has("svm"),
    stableTsc: flags.has("constant_tsc") && flags.has("nonstop_tsc"),
  };
}
