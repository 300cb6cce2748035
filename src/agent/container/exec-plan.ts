import { CLONE_NEW } from "../kernel/constants.js";
import type { Operation } from "../kernel/operation.js";
import type { Plan } from "../kernel/plan.js";
import { execSteps } from "./exec-steps.js";
import { identityOperations } from "./identity.js";
import { BECOME_ROOT } from "./namespaces.js";
import type { ExecPlanInput } from "./plan-input.js";
import {
  affinityOperations,
  executionDomainOperations,
  oomScoreOperation,
  raisedRlimitOperations,
  rlimitOperations,
  schedulingOperations,
} from "./process-limits.js";
import { seccompFilter } from "./seccomp-filter.js";
import { refuseUnsupportedProcess } from "./unsupported.js";

/** Slot of the pidfd that leads to the container's namespaces. */
const INIT_SLOT = 0;

/**
 * All but the user namespace (those that are the guest's own anyway may be
 * entered again) and the cgroup namespace: from inside of it, the kernel lets
 * nobody put a process into a cgroup that comes from outside.
 */
const NAMESPACES = CLONE_NEW.mount | CLONE_NEW.uts | CLONE_NEW.ipc | CLONE_NEW.pid | CLONE_NEW.network | CLONE_NEW.time;

/**
 * The plan of one more process in a running container. It joins the namespaces
 * of init, whatever they are, and the container's root with its mount namespace. Nothing holds it up before its program.
 *
 * @throws TskataError as `initPlan`
 */
export function execPlan(input: ExecPlanInput): Plan {
  const { process, spec } = input;
  const linux = spec.linux ?? {};
  refuseUnsupportedProcess(process);
  const hasUserNamespace = linux.namespaces?.some(({ type }) => type === "user") === true;
  const rlimits = rlimitOperations(process.rlimits);
  const identity = identityOperations(withContainersCapabilities(input), seccompFilter(linux));
  const steps = execSteps(process, false);
  const join = (flags: number): Operation => ({ op: "setns", slot: INIT_SLOT, flags });
  return {
    terminal: process.terminal === true,
    cloneFlags: 0,
    cgroup: input.cgroup,
    preservedFds: input.preservedFds ?? [],
    before: [
      ...affinityOperations(process, "initial"),
      { op: "open-pidfd", slot: INIT_SLOT, pid: input.initPid },
      ...(hasUserNamespace ? [] : [join(NAMESPACES)]),
    ],
    between: hasUserNamespace ? [join(NAMESPACES | CLONE_NEW.cgroup | CLONE_NEW.user)] : [],
    parent: [
      oomScoreOperation({ ...spec.process, ...process }),
      ...(hasUserNamespace ? raisedRlimitOperations(process.rlimits) : []),
    ],
    child: [
      ...(hasUserNamespace ? BECOME_ROOT : [join(CLONE_NEW.cgroup)]),
      ...affinityOperations(process, "final"),
      { op: "setsid" },
      { op: "new-session-keyring", name: `_ses.${input.containerId}` },
      ...(process.terminal === true
        ? [{ op: "open-terminal", ...input.terminalSize } as const satisfies Operation]
        : []),
      ...schedulingOperations(process),
      ...executionDomainOperations(linux),
      ...rlimits,
      ...identity.lower,
      ...steps.find,
      ...identity.seal,
      ...steps.exec,
    ],
  };
}

/** A process without a section of its own has what init has. */
function withContainersCapabilities({ process, spec }: ExecPlanInput): ExecPlanInput["process"] {
  const capabilities = process.capabilities ?? spec.process?.capabilities;
  return capabilities === undefined ? process : { ...process, capabilities };
}
