import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReportProgress } from "../common/artifacts/progress.js";
import { CleanupStack } from "../common/cleanup-stack.js";
import type { LabHost } from "./lab-host.js";
import { nestedAccelerator } from "./nested/accelerator.js";
import type { NestedKind } from "./nested/kinds.js";
import { startNestedMachine } from "./nested/nested-machine.js";
import { connect } from "./ssh/connect.js";

/** A machine that is translated runs VMs in it some twenty times slower than one of silicon. */
const PATIENCE = { kvm: 2, tcg: 15 } as const;
/** Its first login takes as long as everything there. */
const LOGIN_TIMEOUT_MS = 120_000;

/** A machine of our own, made when it is its turn. */
export function nestedHost(kind: NestedKind, report: ReportProgress): LabHost {
  return {
    name: `nested ${kind}`,
    patience: PATIENCE[nestedAccelerator()],
    // The one with KVM has all else that the one with Xen has.
    isFor: (row) => row.startsWith("xen ") === (kind === "xen"),
    async open(signal) {
      const machine = await startNestedMachine(kind, {}, report, signal);
      const undo = new CleanupStack();
      undo.defer("end the nested machine", () => machine.stop());
      try {
        const directory = await mkdtemp(join(tmpdir(), "tskata-login-"));
        undo.defer("remove the nested machine's keys", () => rm(directory, { recursive: true }));
        const [identity, knownHosts] = [join(directory, "identity"), join(directory, "known_hosts")];
        await writeFile(identity, machine.identity, { mode: 0o600 });
        await writeFile(knownHosts, `[127.0.0.1]:${machine.port} ${machine.hostKey}\n`);
        const connection = await connect(
          { user: "root", host: "127.0.0.1", port: machine.port },
          { identities: [identity], knownHosts: [knownHosts], timeoutMs: LOGIN_TIMEOUT_MS },
          signal,
        );
        undo.defer("log out", () => connection.close());
        return {
          connection,
          async close() {
            const [failure] = await undo.run();
            if (failure !== undefined) throw failure;
          },
        };
      } catch (error) {
        throw await undo.unwind(error);
      }
    },
  };
}
