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
/** In the bundle of a shim's first container: what holds for all of them. */
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
  const { root = STATE_ROOT, systemdCgroup = false, configFile } = options ?? keptOptions(invocation.bundle);
  if (options !== undefined) keepOptions(invocation.bundle, options);
  const stateRoot = join(root, invocation.namespace);
  mkdirSync(stateRoot, { recursive: true, mode: 0o700 });
  const settings = { root: stateRoot, systemdCgroup, debug: invocation.debug, ...(configFile && { configFile }) };
  const context = await openContext(settings, log);
  return vm === undefined ? context : { ...context, ownVm: vm };
}

/** Keeps them where a shim finds them that is given none, as one that cleans up. */
export function keepOptions(bundle: string, options: ShimOptions): void {
  writeFileSync(join(bundle, OPTIONS_FILE), JSON.stringify(options), { mode: 0o600 });
}

function keptOptions(bundle: string): ShimOptions {
  const file = join(bundle, OPTIONS_FILE);
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ShimOptions;
  } catch (cause) {
    // It came to no container.
    if (errnoName(cause) === "ENOENT") return {};
    throw new TskataError("internal", `read ${file}: ${messageOf(cause)}`, { cause });
  }
}
