import { openDriver } from "../../../hypervisors/index.js";
import { driverNames } from "../../../hypervisors/known-drivers.js";
import { locateArtifacts } from "../config/locate-artifacts.js";
import type { RuntimeContext } from "../runtime/context.js";
import { driverOptions } from "../runtime/vm-settings.js";
import { checkArtifacts } from "./check-artifacts.js";
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
  readonly findings: readonly Finding[];
}

/** Finds out what this machine can do; accelerators are really tried. */
export async function checkMachine(context: RuntimeContext): Promise<CheckReport> {
  const { config, store } = context;
  const options = driverOptions(config);
  const probes = await Promise.all(driverNames.map(async (name) => openDriver(name, options).probe()));
  const findings: Finding[] = [
    checkUser(),
    checkMemory(config.guest.memoryBytes),
    ...probes.flatMap((probe) => probe.findings),
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
  ];
  const usable = probes.some((probe) => probe.usable) && findings.every((finding) => finding.level !== "missing");
  return { usable, findings };
}
