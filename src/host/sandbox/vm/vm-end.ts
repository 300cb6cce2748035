import type { VirtualMachine, VmExit } from "../../../../hypervisors/hypervisor.js";
import { withDeadline } from "../../../common/deadline.js";
import type { Dialer } from "../../../protocol/transport.js";
import type { Virtiofsd, VirtiofsdExit } from "../../resource/virtiofsd.js";

/** Milliseconds that a VM which ended has to say so after its connections broke. */
const LAST_WORDS_MS = 2000;

/** Settles when VM, connection or file server are gone, with the reason for people. */
export function vmLost(machine: VirtualMachine, dialer: Dialer, server: Virtiofsd | undefined): Promise<string> {
  return Promise.race([
    machine.exited.then(describeExit),
    ...(server === undefined ? [] : [server.exited.then((exit) => serverLost(exit, machine))]),
    dialer.closed.then(() => lastWords(machine, "the agent's connection broke, and the VM goes on")),
  ]);
}

/** A file server that ends in order does so because its VMM is gone. */
function serverLost(exit: VirtiofsdExit, machine: VirtualMachine): Promise<string> | string {
  return exit.inOrder ? lastWords(machine, exit.description) : exit.description;
}

/** A VM that ends takes its connections along a moment before it can say why it ended. */
async function lastWords(machine: VirtualMachine, otherwise: string): Promise<string> {
  try {
    return describeExit(await withDeadline("wait for the VM's end", LAST_WORDS_MS, () => machine.exited));
  } catch {
    return otherwise;
  }
}

/** How a VM ended, for people. */
export function describeExit(exit: VmExit): string {
  switch (exit.kind) {
    case "guest-shutdown":
      return "the guest powered off: its agent ended";
    case "guest-panic":
      return "the guest's kernel panicked";
    case "stopped":
      return "the VM was stopped";
    case "vmm-died": {
      const how = exit.signal === null ? `status ${String(exit.exitCode)}` : exit.signal;
      return `the virtual machine monitor ended with ${how}${exit.stderr === "" ? "" : `: ${exit.stderr}`}`;
    }
  }
}
