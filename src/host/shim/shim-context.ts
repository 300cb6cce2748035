import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoName, messageOf, TskataError } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import type { RuntimeContext } from "../runtime/context.js";
import { openContext } from "../runtime/open-context.js";
import type { OwnVm } from "../runtime/own-vm.js";
import type { Invocation } from "./invocation.js";
import type { ShimOptions } from "./task-options.js";

/** Below it each of containerd's namespaces has its own. */
const STATE_ROOT = "/run/containerd/tskata";
/** In the bundle of a shim's first container: what a shim that cleans up after it has to know. */
const OPTIONS_FILE = "tskata-shim.json";

/** Who works with the context. */
export interface ContextUser {
  readonly invocation: Invocation;
  readonly vm?: OwnVm;
  readonly log: LogSink;
}

/**
 * What the operations work with: a state directory for containerd's namespace, and the configuration.
 *
 * @param options those of `Create`, which are kept in the bundle; the kept ones where absent
 * @throws as `openContext`
 */
export async function openShimContext(
  { invocation, vm, log }: ContextUser,
  options?: ShimOptions,
): Promise<RuntimeContext> {
  const file = join(invocation.bundle, OPTIONS_FILE);
  const { root = STATE_ROOT, systemdCgroup = false, configFile } = options ?? keptOptions(file);
  if (options !== undefined) writeFileSync(file, JSON.stringify(options), { mode: 0o600 });
  const stateRoot = join(root, invocation.namespace);
  mkdirSync(stateRoot, { recursive: true, mode: 0o700 });
  const settings = { root: stateRoot, systemdCgroup, debug: invocation.debug, ...(configFile && { configFile }) };
  const context = await openContext(settings, log);
  return vm === undefined ? context : { ...context, ownVm: vm };
}

function keptOptions(file: string): ShimOptions {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ShimOptions;
  } catch (cause) {
    // It came to no container.
    if (errnoName(cause) === "ENOENT") return {};
    throw new TskataError("internal", `read ${file}: ${messageOf(cause)}`, { cause });
  }
}
