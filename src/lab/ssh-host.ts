import type { LabHost } from "./lab-host.js";
import { connect, type ConnectOptions } from "./ssh/connect.js";
import type { SshTarget } from "./ssh/target.js";

/** A host that is reached over SSH. */
export function sshHost(name: string, target: SshTarget, options: ConnectOptions, patience: number): LabHost {
  return {
    name,
    patience,
    async open(signal) {
      const connection = await connect(target, options, signal);
      return { connection, close: () => connection.close() };
    },
  };
}
