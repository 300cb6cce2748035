import { text } from "node:stream/consumers";
import { openDriver } from "../../../hypervisors/index.js";
import { messageOf } from "../../common/error.js";
import { readHierarchies } from "../cgroup/hierarchies.js";
import { moveInto } from "../cgroup/move-into.js";
import { TemplateStore } from "../template/template-store.js";
import type { TemplateOrder } from "./vm/template-order.js";
import { templateIdentityOf } from "./vm/template-vm.js";
import { makeTemplate } from "./vm/make-template.js";

const INIT = 1;

/** Makes the template that its standard input asks for; runs with the lock of the templates. */
async function main(): Promise<void> {
  const ended = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.once(signal, () => ended.abort(new Error(`it was ended by ${signal}`)));
  }
  const { vm, programs, directory } = JSON.parse(await text(process.stdin)) as TemplateOrder;
  // What it takes is nobody's, least of all the container's that happens to need the template first.
  await moveInto(readHierarchies(INIT), [process.pid], { warning: complain });
  const store = new TemplateStore(directory);
  const hypervisor = openDriver(vm.driver, vm.driverOptions, programs);
  const identity = await templateIdentityOf(vm, hypervisor, ended.signal);
  try {
    await makeTemplate(store, identity, vm, hypervisor, { warning: complain }, ended.signal);
  } catch (error) {
    // Who was told to end says nothing about the next try.
    if (!ended.signal.aborted) store.noteFailure(identity.key, error);
    throw error;
  }
}

function complain(message: string): void {
  process.stderr.write(`${message}\n`);
}

void main()
  .catch((error: unknown) => {
    complain(messageOf(error));
    process.exitCode = 1;
  })
  // What is left open is of a VM that is gone.
  .finally(() => process.exit());
