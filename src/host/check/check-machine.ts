import type { DriverChoice } from "../../../hypervisors/automatic-driver.js";
import { openDriver } from "../../../hypervisors/index.js";
import { driverNames } from "../../../hypervisors/known-drivers.js";
import { locateArtifacts } from "../config/locate-artifacts.js";
import { chooseDriver } from "../runtime/choose-driver.js";
import type { RuntimeContext } from "../runtime/context.js";
import { driverOptions } from "../runtime/vm-settings.js";
import { checkArtifacts } from "./check-artifacts.js";
import { checkDrivers } from "./check-drivers.js";
import { checkEngines } from "./check-engines.js";
import { checkDirectory, checkMemory } from "./check-host.js";
import { checkMounts } from "./check-mounts.js";
import { checkPrograms } from "./check-programs.js";
import { checkShares } from "./check-shares.js";
import { checkUser } from "./check-user.js";
import { checkFuse, checkTun, checkVsock } from "./check-devices.js";
import type { Finding } from "./finding.js";

/** The whole of `tskata check`. */
export interface CheckReport {
  /** Whether containers can be run here. */
  readonly usable: boolean;
  /** Which driver runs new VMs, and why; absent where none does. */
  readonly hypervisor?: DriverChoice;
  readonly findings: readonly Finding[];
}

/** Finds out what this machine can do; hypervisors are really tried. It is usable where the driver that is used works. */
export async function checkMachine(context: RuntimeContext): Promise<CheckReport> {
  const { config, store } = context;
  const options = driverOptions(config);
  const drivers = await checkDrivers(
    () => chooseDriver(context),
    driverNames,
    (name) => openDriver(name, options),
  );
  const findings: Finding[] = [
    checkUser(),
    checkMemory(config.guest.memoryBytes),
    ...checkPrograms(),
    await checkMounts(),
    checkShares(config.share),
    checkVsock(),
    checkFuse(),
    checkTun(),
    ...checkArtifacts(() => locateArtifacts(config)),
    checkDirectory("state directory", store.root),
    checkDirectory("run directory", config.paths.runDir),
    checkDirectory("template directory", config.paths.templateDir),
    ...checkEngines(),
    ...drivers.findings,
  ];
  const usable = drivers.usable && findings.every((finding) => finding.level !== "missing");
  return { usable, ...(drivers.hypervisor && { hypervisor: drivers.hypervisor }), findings };
}
