import { existsSync, type FSWatcher } from "node:fs";
import { join } from "node:path";
import { fileIdentity } from "../../common/file-identity.js";
import { messageOf, TskataError } from "../../common/error.js";
import { templateIdentityOf } from "../sandbox/vm/template-vm.js";
import { readHierarchies } from "../cgroup/hierarchies.js";
import type { PoolDirectory } from "../state/pool-directory.js";
import { identifyProcess } from "../state/process-identity.js";
import { makeRunDirectory, newSandboxId, removeRunDirectory, type RunDirectory } from "../state/run-directory.js";
import { whyStale } from "../template/template-key.js";
import type { RuntimeContext } from "./context.js";
import { locateInstallation } from "./installation.js";
import type { KeptMember } from "./pool-keeper.js";
import { poolSettings } from "./pool-settings.js";
import { StartingSupervisor } from "./start-supervisor.js";
import { templateParts } from "./template-parts.js";

/** Between the end of a member's file and its supervisor's word that it was claimed, in milliseconds. */
const CLAIM_TIMEOUT_MS = 10_000;

/**
 * Makes a VM that waits for a container.
 *
 * @param changes tells of the pool's directory
 * @param signal ends what is being made
 * @throws TskataError `unavailable` where no VM can be cloned, or the signal's reason
 */
export async function makePoolMember(
  context: RuntimeContext,
  pool: PoolDirectory,
  changes: FSWatcher,
  signal: AbortSignal,
): Promise<KeptMember> {
  const installation = locateInstallation();
  const { vm, hypervisor, programs } = templateParts(context);
  const { inputs: cloneInputs } = await templateIdentityOf(vm, hypervisor, signal);
  const inputs = { ...cloneInputs, "file:supervisor": await fileIdentity(installation.supervisor) };
  const sandboxId = newSandboxId();
  const runDirectory = join(context.config.paths.runDir, sandboxId);
  const memberFile = pool.memberPath(sandboxId);
  const creator = identifyProcess(process.pid);
  if (creator === undefined) throw new TskataError("internal", "pool: this process is not in /proc");
  const directory = makeRunDirectory(runDirectory, { stateRoot: context.store.root, creator });
  const preparation = { sandboxId, runDirectory, vm, place: readHierarchies(), programs, pool: { memberFile } };
  const supervisor = await StartingSupervisor.start(installation, directory, { preparation, enter: [] }, context.log);
  const abandon = (): void => void supervisor.abandon();
  signal.addEventListener("abort", abandon, { once: true });
  try {
    signal.throwIfAborted();
    await supervisor.ready();
    signal.throwIfAborted();
    const settings = poolSettings(context.config, vm.driver, installation);
    const identity = identifyProcess(supervisor.pid);
    if (identity === undefined) throw new TskataError("unavailable", "the supervisor ended as soon as it was ready");
    pool.add({ version: 1, sandboxId, runDirectory, settings, inputs, supervisor: identity });
  } catch (error) {
    await endMember(supervisor, directory);
    throw error;
  } finally {
    signal.removeEventListener("abort", abandon);
  }
  return {
    sandboxId,
    left: watchClaim(context, pool, { sandboxId, supervisor, directory }, changes),
    whyStale: () => whyStale(inputs),
    end: async () => {
      // Whoever has taken the file will have claimed it in a moment.
      if (pool.claim({ sandboxId })) await endMember(supervisor, directory);
    },
  };
}

/** Whoever takes the file claims the member at once, unless it dies in between: then nobody else will. */
async function watchClaim(
  { log }: RuntimeContext,
  pool: PoolDirectory,
  member: { readonly sandboxId: string; readonly supervisor: StartingSupervisor; readonly directory: RunDirectory },
  changes: FSWatcher,
): Promise<void> {
  const { sandboxId, supervisor, directory } = member;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    if (timer !== undefined || existsSync(pool.memberPath(sandboxId))) return;
    timer = setTimeout(() => void supervisor.abandon(), CLAIM_TIMEOUT_MS);
  };
  changes.on("change", look);
  look();
  try {
    await supervisor.claimed();
  } catch (error) {
    log.debug(`pool: ${sandboxId} has ended: ${messageOf(error)}`);
    pool.claim(member);
    await endMember(supervisor, directory);
  } finally {
    clearTimeout(timer);
    changes.off("change", look);
  }
}

/** One that was killed leaves its directory. */
async function endMember(supervisor: StartingSupervisor, directory: RunDirectory): Promise<void> {
  await supervisor.abandon();
  removeRunDirectory(directory);
}
