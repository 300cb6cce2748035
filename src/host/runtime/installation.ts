import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TskataError } from "../../common/error.js";

/** Our own programs that the commands start. */
export interface Installation {
  readonly supervisor: string;
  readonly monitor: string;
  readonly bindMount: string;
  readonly virtiofsdPreload: string;
  readonly seccompNotifier: string;
  readonly tapSender: string;
}

/**
 * Finds them beside this module: the bundles lie in `host/`, the C programs in
 * `libexec/` next to it.
 *
 * @throws TskataError `not-found` where the project was not built
 */
export function locateInstallation(): Installation {
  const installation = {
    supervisor: fileURLToPath(new URL("./supervisor.cjs", import.meta.url)),
    monitor: fileURLToPath(new URL("../libexec/tskata-monitor", import.meta.url)),
    bindMount: fileURLToPath(new URL("../libexec/tskata-bind-mount", import.meta.url)),
    virtiofsdPreload: fileURLToPath(new URL("../libexec/tskata-virtiofsd-preload.so", import.meta.url)),
    seccompNotifier: fileURLToPath(new URL("../libexec/tskata-seccomp-notifier", import.meta.url)),
    tapSender: fileURLToPath(new URL("../libexec/tskata-tap-sender", import.meta.url)),
  };
  for (const path of Object.values(installation)) {
    if (!existsSync(path)) {
      throw new TskataError("not-found", `tskata is not completely built: ${path} is missing; run npm run build`);
    }
  }
  return installation;
}
