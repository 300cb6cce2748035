import { TskataError } from "../../src/common/error.js";
import { memoryMib } from "../common/memory.js";
import type { VmSize, VmSpec } from "../hypervisor.js";
import type { GuestKernel } from "./guest-type.js";
import { kernelParameters } from "./kernel-parameters.js";
import { processorCap } from "./processor-cap.js";

/** What the driver decided for one domain, beside its spec. */
export interface DomainPlan {
  /** Unique on the host. */
  readonly name: string;
  readonly uuid: string;
  readonly kernel: GuestKernel;
  /** Whether this Xen has more types than PV and HVM, and a word for PV. */
  readonly namesTypes: boolean;
  /** Where the device model is to listen for the agent's channel. */
  readonly agentSocket: string;
  /** What xl is to run for the disk in the place of Xen's own script. */
  readonly diskScript: string | undefined;
  readonly extraConfig: readonly string[];
  /** How large it can become. */
  readonly room: VmSize;
  /** The name of Xen's scheduler. */
  readonly scheduler: string;
}

/**
 * The configuration of a domain. Follows xl.cfg(5).
 *
 * @throws TskataError `invalid-argument` for a path that the format has no way to say, and as `kernelParameters`
 */
export function domainConfig(spec: VmSpec, plan: DomainPlan): string {
  const { kernel, agentSocket, room } = plan;
  const grows = room.vcpus > spec.vcpus;
  const cap = grows ? processorCap(plan.scheduler, spec.vcpus) : undefined;
  const first = grows ? [`maxcpus=${spec.vcpus}`] : [];
  const script = plan.diskScript === undefined ? "" : `script=${listed(plan.diskScript)},`;
  const memory = memoryMib(spec.memoryBytes);
  const lines = [
    `name = ${quoted(plan.name)}`,
    `uuid = ${quoted(plan.uuid)}`,
    // Before there were PVH guests there was no word for PV, which is what a domain is by itself.
    ...(plan.namesTypes ? [`type = ${quoted(kernel.type)}`] : []),
    `kernel = ${quoted(kernel.path)}`,
    ...(spec.initrdPath === undefined ? [] : [`ramdisk = ${quoted(spec.initrdPath)}`]),
    `extra = ${quoted(kernelParameters(kernel.type, [...first, ...spec.extraKernelParameters]))}`,
    `memory = ${memory}`,
    `maxmem = ${memory}`,
    // A PVH guest knows those only that are there at its start: which of them it has is told in xenstore.
    `vcpus = ${room.vcpus}`,
    ...(cap === undefined ? [] : [`cap = ${cap}`]),
    // It stays until we have seen why it ended.
    ...["poweroff", "reboot", "crash", "watchdog"].map((end) => `on_${end} = "preserve"`),
    // A loop device, mostly. QEMU 7.2 and others can't serve a disk read-only.
    `disk = [ ${quoted(`format=raw,vdev=xvda,access=ro,${script}target=${spec.imagePath}`)} ]`,
    // xl up to 4.17 gives the first one the number of the guest's own console, and drops it.
    `channel = [ "connection=pty,name=none", ${quoted(`connection=socket,name=agent,path=${listed(agentSocket)}`)} ]`,
    ...plan.extraConfig,
  ];
  return `${lines.join("\n")}\n`;
}

/** A string of the format. What would need an escape in it is refused: versions differ in what they take. */
function quoted(text: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/["\\\u0000-\u001f\u007f]/.test(text)) {
    throw new TskataError(
      "invalid-argument",
      `a domain of Xen can't be configured with ${JSON.stringify(text)}: quotes, backslashes and control characters don't work there`,
    );
  }
  return `"${text}"`;
}

/** A value within a string of values that commas part. */
function listed(path: string): string {
  if (!path.includes(",")) return path;
  throw new TskataError("invalid-argument", `a domain of Xen can't be given ${path}: a comma doesn't work there`);
}
