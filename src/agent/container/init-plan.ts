import type { Spec } from "../../oci/config.js";
import { deviceProgram } from "../cgroup/device-program.js";
import { DEFAULT_DEVICE_RULES } from "../cgroup/device-rules.js";
import { hookTimeoutMs } from "../../oci/hook-timeout.js";
import type { Process } from "../../oci/process.js";
import type { Operation } from "../kernel/operation.js";
import type { Plan } from "../kernel/plan.js";
import { execSteps } from "./exec-steps.js";
import { identityOperations } from "./identity.js";
import { kernelParameterOperations } from "./kernel-parameters.js";
import { namespaceSetup } from "./namespaces.js";
import type { InitPlanInput } from "./plan-input.js";
import {
  executionDomainOperations,
  oomScoreOperation,
  raisedRlimitOperations,
  rlimitOperations,
  schedulingOperations,
} from "./process-limits.js";
import { rootfsOperations } from "./rootfs.js";
import { seccompFilter } from "./seccomp-filter.js";
import { SlotAllocator } from "./slot-allocator.js";
import { refuseUnsupported } from "./unsupported.js";

/** Without one a container can be created, and not started (config.md, "Process"). */
const UNSET_PROCESS: Process = { cwd: "/" };

/**
 * The whole way from config.json to a running init, as a plan for the launcher.
 *
 * The child stops at the barrier `start` with everything done but the exec.
 *
 * @param first what is to be done before anything of the container's
 * @throws TskataError `invalid-argument` for what contradicts itself,
 *   `unsupported` for what this guest doesn't have
 */
export function initPlan(input: InitPlanInput, first: readonly Operation[] = []): Plan {
  const { spec } = input;
  const { process = UNSET_PROCESS } = spec;
  const linux = spec.linux ?? {};
  refuseUnsupported(spec, process);
  const slots = new SlotAllocator();
  const namespaces = namespaceSetup(linux, input.namespaceOwners ?? new Map(), slots);
  const { hasUserNamespace } = namespaces;
  const rootfs = rootfsOperations(spec, {
    ...input,
    slots,
    hasUserNamespace,
    hasCgroupNamespace: namespaces.own.has("cgroup"),
  });
  const parameters = kernelParameterOperations(spec, namespaces.own);
  const rlimits = rlimitOperations(process.rlimits);
  const identity = identityOperations(process, seccompFilter(linux));
  const steps = spec.process === undefined ? { find: [], exec: [] } : execSteps(spec.process, true);
  return {
    terminal: process.terminal === true,
    cloneFlags: namespaces.cloneFlags,
    cgroup: input.cgroup,
    preservedFds: input.preservedFds ?? [],
    before: [
      ...first,
      ...parameters.before,
      {
        op: "set-device-filter",
        path: input.cgroup,
        program: deviceProgram([...(linux.resources?.devices ?? []), ...DEFAULT_DEVICE_RULES]),
      },
      ...rootfs.before,
      ...namespaces.before,
    ],
    between: namespaces.between,
    parent: [
      ...namespaces.parent,
      oomScoreOperation(process),
      ...(hasUserNamespace ? raisedRlimitOperations(process.rlimits) : []),
    ],
    child: [
      ...namespaces.child,
      { op: "setsid" },
      { op: "new-session-keyring", name: `_ses.${input.containerId}` },
      ...rootfs.build,
      ...parameters.child,
      ...rootfs.close,
      ...schedulingOperations(process),
      ...executionDomainOperations(linux),
      ...rlimits,
      ...identity.lower,
      ...steps.find,
      { op: "barrier", name: "start" },
      ...rootfs.refresh,
      ...identity.seal,
      ...startHooks(spec, input.hookState),
      ...steps.exec,
    ],
  };
}

/** Hooks that the specification wants in the container, after `start` and before the program. */
function startHooks(spec: Spec, state: string): Operation[] {
  return (spec.hooks?.startContainer ?? []).map((hook) => ({
    op: "run",
    path: hook.path,
    args: hook.args ?? [hook.path],
    // What runc does where the specification says nothing.
    env: hook.env ?? spec.process?.env ?? [],
    ...(hook.env === undefined ? { addHome: true } : {}),
    stdin: state,
    timeoutMs: hookTimeoutMs(hook) ?? 0,
  }));
}
