import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TskataError } from "../../common/error.js";
import type { HostPrograms } from "../sandbox/vm/vm-settings.js";

/** Our own programs that the commands start. */
export interface Installation {
  readonly supervisor: string;
  readonly monitor: string;
  /** Puts itself into cgroups and becomes another program. */
  readonly enterCgroups: string;
  /** The first process of a pod whose sandbox is made here. */
  readonly pause: string;
  /** Those that supervisors start. */
  readonly programs: HostPrograms;
}

/**
 * Finds them beside this module: the bundles lie in `host/`, the C programs in
 * `libexec/` next to it.
 *
 * @throws TskataError `not-found` where the project was not built
 */
export function locateInstallation(): Installation {
  const programs = {
    bindMount: program("bind-mount"),
    virtiofsdPreload: program("virtiofsd-preload.so"),
    seccompNotifier: program("seccomp-notifier"),
    warmUp: program("warm-up"),
    tapSender: program("tap-sender"),
    memoryCopier: program("memory-copier"),
    memoryPreload: program("memory-preload.so"),
    forkClient: program("fork-client"),
    forkServer: program("fork-server.so"),
    enclosure: program("enclosure"),
    consoleRelay: program("console-relay"),
    vsockPart: program("vsock.node"),
    vifScript: program("xen-vif"),
    diskScript: program("xen-disk"),
    templateMaker: script("template-maker"),
  };
  const installation = {
    supervisor: script("supervisor"),
    monitor: program("monitor"),
    enterCgroups: program("enter-cgroups"),
    pause: program("pause"),
  };
  for (const path of [...Object.values(installation), ...Object.values(programs)]) {
    if (!existsSync(path)) {
      throw new TskataError("not-found", `tskata is not completely built: ${path} is missing; run npm run build`);
    }
  }
  return { ...installation, programs };
}

function script(name: string): string {
  return fileURLToPath(new URL(`./${name}.cjs`, import.meta.url));
}

function program(name: string): string {
  return fileURLToPath(new URL(`../libexec/tskata-${name}`, import.meta.url));
}
