import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errnoName, messageOf, TskataError } from "../../common/error.js";
import { effectiveStatus } from "../state/effective-status.js";
import { hasLivingVm } from "../state/has-living-vm.js";
import { PoolDirectory } from "../state/pool-directory.js";
import { identifyProcess, isAlive, signalProcess } from "../state/process-identity.js";
import { readOwner, removeRunDirectory, runDirectoryAt } from "../state/run-directory.js";
import { StateStore } from "../state/state-store.js";
import { TemplateStore } from "../template/template-store.js";
import type { RuntimeContext } from "./context.js";

/** What a clean-up did, one line each, for people. */
export interface GarbageReport {
  readonly done: readonly string[];
  /** What it could not do, with the reason. */
  readonly failed: readonly string[];
}

/**
 * Makes records, processes and run directories agree after a crash: containers
 * whose supervisor is gone become stopped with a failure, run directories that
 * belong to no live supervisor are removed with the processes that still use
 * them, and so are templates that nobody makes any more. Living containers are
 * left alone, and stopped ones stay until their engine deletes them.
 */
export function collectGarbage(context: RuntimeContext): GarbageReport {
  const done: string[] = [];
  const failed: string[] = [];
  const attempt = (what: string, work: () => void): void => {
    try {
      work();
      done.push(what);
    } catch (error) {
      failed.push(`${what}: ${messageOf(error)}`);
    }
  };
  const { store } = context;
  for (const id of store.ids()) {
    const record = store.find(id);
    if (record === undefined || record.status === "stopped") continue;
    const { status, exitStatus, failure } = effectiveStatus(record);
    if (status !== "stopped") continue;
    attempt(`container ${id}: recorded as stopped: ${failure ?? "its VM is gone"}`, () =>
      store.write({
        ...record,
        status,
        ...(exitStatus === undefined ? {} : { exitStatus }),
        ...(failure === undefined ? {} : { failure }),
      }),
    );
  }
  for (const path of runDirectories(context.config.paths.runDir)) {
    try {
      if (isOwned(path)) continue;
    } catch (error) {
      failed.push(`run directory ${path}: ${messageOf(error)}`);
      continue;
    }
    attempt(`run directory ${path}: removed`, () => {
      endProcessesOf(path);
      removeRunDirectory(runDirectoryAt(path));
    });
  }
  const templates = new TemplateStore(context.config.paths.templateDir);
  for (const path of templates.abandoned()) attempt(`template ${path}: removed`, () => templates.discard(path));
  const pool = new PoolDirectory(context.config.paths.runDir);
  for (const { sandboxId, supervisor } of pool.members()) {
    if (isAlive(supervisor)) continue;
    attempt(`VM ${sandboxId} of the pool: forgotten`, () => pool.claim({ sandboxId }));
  }
  return { done, failed };
}

function runDirectories(runDir: string): string[] {
  try {
    return readdirSync(runDir).map((name) => join(runDir, name));
  } catch (cause) {
    if (errnoName(cause) === "ENOENT") return [];
    throw new TskataError("permission", `look through ${runDir}: ${messageOf(cause)}`, { cause });
  }
}

/** Whether its supervisor (or, before there is one, its `create`) lives: that of any container in its VM. */
function isOwned(path: string): boolean {
  const owner = readOwner(runDirectoryAt(path));
  if (owner === undefined || isAlive(owner.creator)) return true;
  return hasLivingVm(new StateStore(owner.stateRoot), path);
}

/**
 * Kills the processes that name the run directory on their command line or in
 * their environment: a VMM, a file server, a monitor.
 */
function endProcessesOf(path: string): void {
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const identity = identifyProcess(pid);
    const texts = [...textsOf(pid, "cmdline"), ...textsOf(pid, "environ")];
    if (identity !== undefined && texts.some((text) => text.includes(`${path}/`))) {
      signalProcess(identity, "SIGKILL");
    }
  }
}

function textsOf(pid: number, file: "cmdline" | "environ"): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
  } catch {
    return []; // it ended meanwhile
  }
}
