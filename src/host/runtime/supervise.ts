import { getPriority } from "node:os";
import type { Capability } from "../../../hypervisors/hypervisor.js";
import { TskataError } from "../../common/error.js";
import type { Spec } from "../../oci/config.js";
import { readHierarchies } from "../cgroup/hierarchies.js";
import { chooseFileServer, type ShareSettings } from "../resource/choose-file-server.js";
import type { BootOrder } from "../sandbox/boot-channel.js";
import type { ContainerOrder } from "../sandbox/container-order.js";
import type { VmSettings } from "../sandbox/vm/vm-settings.js";
import type { ContainerRecord } from "../state/container-record.js";
import { callerWaitsForAll } from "./caller-waits-for-all.js";
import type { Claim } from "./claim-container.js";
import type { RuntimeContext } from "./context.js";
import type { CreatingSupervisor } from "./creating-supervisor.js";
import { deviceMoves } from "./device-moves.js";
import { enterCgroups } from "./enter-cgroups.js";
import type { Installation } from "./installation.js";
import { joinSupervisor } from "./join-supervisor.js";
import { machineSize } from "./machine-size.js";
import { StartingSupervisor } from "./start-supervisor.js";
import { configuredVm, vmSettings, withTemplatesAsFiles } from "./vm-settings.js";

/** A kernel parameter of one network device, or of those that are there. */
const DEVICE_PARAMETER = /^net[./]ipv[46][./](conf|neigh)[./]/;

type ClaimedPlaces = Pick<Claim, "directory" | "cgroups">;

/** Finds a container its supervisor, which connects its monitor then. */
export type Supervise = (claim: ClaimedPlaces, order: ContainerOrder) => Promise<CreatingSupervisor>;

/** One with a VM of its own: that of the pool where one was claimed. */
export type SuperviseAlone = (
  claim: ClaimedPlaces,
  order: ContainerOrder,
  claimed: StartingSupervisor | undefined,
) => Promise<CreatingSupervisor>;

/**
 * By starting one, which boots a VM, unless one was claimed.
 *
 * @param driver of the VM
 * @throws as `vmSettings`, before anything is made, and TskataError `unsupported` for what the driver can't do
 */
export async function superviseInNewVm(
  context: RuntimeContext,
  installation: Installation,
  driver: string,
  spec: Spec,
): Promise<SuperviseAlone> {
  const vm = vmSettings(context.config, driver, spec, await machineSize(context.config, driver));
  const server = chooseFileServer(context.config.share);
  if (server.kind !== "virtiofsd") context.log.debug(`files reach the guest by ${server.kind}: ${server.reason}`);
  const netDevices = deviceMoves(spec.linux ?? {});
  await requireOfDriver(vm, [
    ...(netDevices.length > 0 ? [["hotplug-nic", "linux.netDevices"] as const] : []),
    ...filesNeed(context.config.share.backend),
  ]);
  const networkFirst = Object.keys(spec.linux?.sysctl ?? {}).some((name) => DEVICE_PARAMETER.test(name));
  const { mode, overhead } = context.config.hostCgroup;
  return async ({ directory, cgroups }, order, claimed) => {
    // With `mirror` it stays where the command is.
    const isHoused = mode === "vm" && cgroups.record.cgroups.length > 0;
    const place = isHoused ? cgroups.place : readHierarchies();
    const stateRoot = context.store.root;
    const { id, sandboxId, runDirectory } = order.record;
    const hostname = spec.hostname ?? id.slice(0, 63);
    const start = (): Promise<StartingSupervisor> => {
      const vm = configuredVm(context.config, driver);
      const preparation = {
        ...{ sandboxId, runDirectory, vm, place, programs: installation.programs },
        ...(callerWaitsForAll() && { keptAsFiles: withTemplatesAsFiles(vm) }),
      };
      if (context.ownVm !== undefined) return context.ownVm.start(directory, preparation, place);
      const enter = isHoused ? enterCgroups(installation, cgroups) : [];
      return StartingSupervisor.start(installation, directory, { preparation, enter }, context.log);
    };
    const supervisor = claimed ?? (await start());
    const caller = claimed === undefined ? {} : { caller: { pid: process.pid, place, niceness: getPriority() } };
    const hostCgroup = { mode, overhead, isHoused };
    const network = { netDevices, networkFirst, ...unattendedNetwork(context, spec) };
    await supervisor.take({ ...order, stateRoot, hostname, ...network, vm, hostCgroup, ...caller });
    return supervisor;
  };
}

/** A network namespace with a path, where no monitor is put into it. */
function unattendedNetwork({ ownVm }: RuntimeContext, { linux }: Spec): Pick<BootOrder, "networkNamespace"> {
  const { path = "" } = linux?.namespaces?.find(({ type }) => type === "network") ?? {};
  return ownVm === undefined || path === "" ? {} : { networkNamespace: path };
}

function filesNeed(backend: ShareSettings["backend"]): (readonly [Capability, string])[] {
  if (backend === "virtiofs") return [["virtiofs", 'share.backend = "virtiofs"']];
  return backend === "disk" ? [["hotplug-disk", 'share.backend = "disk"']] : [];
}

/** Commands do without the driver where nothing is asked of it. */
async function requireOfDriver(
  { driver, driverOptions }: VmSettings,
  needs: readonly (readonly [capability: Capability, what: string])[],
): Promise<void> {
  if (needs.length === 0) return;
  const { openDriver } = await import("../../../hypervisors/index.js");
  const hypervisor = openDriver(driver, driverOptions);
  for (const [capability, what] of needs) hypervisor.require(capability, what);
}

/**
 * By asking that of a VM which runs.
 *
 * @param member a container that lives there
 * @throws TskataError `invalid-argument` where config.json asks for another VM, `unsupported` for network devices
 */
export function superviseInVmOf(context: RuntimeContext, member: ContainerRecord, spec: Spec): Supervise {
  if (spec.vm !== undefined) {
    const where = `the container joins namespaces of ${member.id}, and so its VM`;
    throw new TskataError("invalid-argument", `config.json has a vm section, but ${where}: remove one of both`);
  }
  if (deviceMoves(spec.linux ?? {}).length > 0) {
    const why = `the container joins the VM of ${member.id}, and a VM gets network devices with its first container`;
    throw new TskataError("unsupported", `linux.netDevices: ${why}`);
  }
  return async (_claim, order) => joinSupervisor(context, member, order);
}
