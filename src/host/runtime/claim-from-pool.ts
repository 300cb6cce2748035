import { readlinkSync } from "node:fs";
import { errnoName, messageOf, TskataError } from "../../common/error.js";
import type { Spec } from "../../oci/config.js";
import { PoolDirectory, type PoolMember } from "../state/pool-directory.js";
import { identifyProcess, isAlive } from "../state/process-identity.js";
import { runDirectoryAt, writeOwner } from "../state/run-directory.js";
import { whyStale } from "../template/template-key.js";
import type { RuntimeContext } from "./context.js";
import type { Installation } from "./installation.js";
import { poolSettings } from "./pool-settings.js";
import { StartingSupervisor } from "./start-supervisor.js";

/** Those in which a supervisor is as its caller is; what it mounts it takes from the caller's. */
const SAME_NAMESPACES = ["cgroup", "net", "pid", "user"] as const;

/** A VM of the pool that is the caller's from now on. */
export interface ClaimedMember {
  readonly sandboxId: string;
  readonly runDirectory: string;
  readonly supervisor: StartingSupervisor;
}

/**
 * Claims a VM that waits in the pool and is the one that this container would
 * get anyway. One that turns out to be of no use is ended.
 *
 * @param driver of the container's VM
 * @returns undefined where there is none
 */
export async function claimFromPool(
  context: RuntimeContext,
  installation: Installation,
  driver: string,
  spec: Spec,
): Promise<ClaimedMember | undefined> {
  const { config, log } = context;
  const pool = new PoolDirectory(config.paths.runDir);
  const members = pool.members();
  if (members.length === 0) return undefined;
  const unfit = whyUnfit(spec);
  if (unfit !== undefined) {
    log.debug(`no VM is taken from the pool: ${unfit}`);
    return undefined;
  }
  const settings = poolSettings(config, driver, installation);
  for (const member of members) {
    const other = member.settings === settings ? whyElsewhere(member) : "it was made for another configuration";
    const refusal = other ?? (await claimMember(context, pool, member));
    if (typeof refusal === "object") return refusal;
    log.debug(`the VM ${member.sandboxId} of the pool is not taken: ${refusal}`);
  }
  return undefined;
}

/** Why a container needs a VM of its own making. */
function whyUnfit({ vm, hooks, mounts = [] }: Spec): string | undefined {
  if (vm !== undefined) return "config.json has a vm section";
  if ((hooks?.createContainer ?? []).length > 0) return "createContainer hooks run among the supervisor's mounts";
  if (mounts.some(({ type }) => type === "overlay")) return "overlays are made of directories that the supervisor sees";
  return undefined;
}

function whyElsewhere({ supervisor }: PoolMember): string | undefined {
  if (!isAlive(supervisor)) return "its supervisor is gone, or in another pid namespace";
  const other = SAME_NAMESPACES.find((type) => namespaceOf("self", type) !== namespaceOf(supervisor.pid, type));
  return other === undefined ? undefined : `its supervisor is in another ${other} namespace`;
}

function namespaceOf(pid: number | "self", type: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${type}`);
  } catch (error) {
    if (errnoName(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** @returns why not, where it can't be had */
async function claimMember(
  { store, log }: RuntimeContext,
  pool: PoolDirectory,
  member: PoolMember,
): Promise<ClaimedMember | string> {
  const stale = await whyStale(member.inputs);
  if (!pool.claim(member)) return "somebody else was faster";
  const { sandboxId, runDirectory } = member;
  const directory = runDirectoryAt(runDirectory);
  let supervisor: StartingSupervisor | undefined;
  try {
    supervisor = await StartingSupervisor.claim(directory, member.supervisor.pid, log);
    const creator = identifyProcess(process.pid);
    if (stale !== undefined) throw new TskataError("failed-precondition", stale);
    if (creator === undefined) throw new TskataError("internal", "this process is not in /proc");
    writeOwner(directory, { stateRoot: store.root, creator });
    return { sandboxId, runDirectory, supervisor };
  } catch (error) {
    await supervisor?.abandon();
    return messageOf(error);
  }
}
