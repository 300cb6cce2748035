import { TskataError } from "../../common/error.js";
import { toBigInt } from "../../oci/integer.js";
import type { Linux } from "../../oci/linux.js";
import type { IoPriority, Process, Rlimit, Scheduler } from "../../oci/process.js";
import { MEMORY_POLICY_FLAGS, MEMORY_POLICY_MODES } from "../../oci/tables/memory-policy.js";
import { PERSONALITY_DOMAINS } from "../../oci/tables/personality.js";
import { RLIMITS } from "../../oci/tables/rlimits.js";
import { IO_PRIORITY_CLASSES, SCHEDULER_FLAGS, SCHEDULER_POLICIES } from "../../oci/tables/scheduling.js";
import { parseIdList } from "../../oci/id-list.js";
import type { Operation } from "../kernel/operation.js";

/**
 * `process.rlimits`, for the child's last steps as root.
 *
 * @throws TskataError `invalid-argument` for an unknown or repeated type
 */
export function rlimitOperations(rlimits: readonly Rlimit[] | undefined): Operation[] {
  const seen = new Set<string>();
  return (rlimits ?? []).map(({ type, soft, hard }) => {
    const resource = (RLIMITS as Readonly<Record<string, number>>)[type];
    if (resource === undefined) throw new TskataError("invalid-argument", `invalid rlimit type: ${type}`);
    if (seen.has(type)) throw new TskataError("invalid-argument", `rlimit ${type} is listed twice`);
    seen.add(type);
    return { op: "set-rlimit", resource, soft: unsigned(soft), hard: unsigned(hard) };
  });
}

/** Descriptors that it takes to put a container together. */
const DESCRIPTORS = 1024n;

/**
 * The same limits for the list `parent`, beside a child in a user namespace:
 * as high as it may need to lower them to its own at last.
 */
export function raisedRlimitOperations(rlimits: readonly Rlimit[] | undefined): Operation[] {
  const higher = (value: bigint): bigint => (value > DESCRIPTORS ? value : DESCRIPTORS);
  return rlimitOperations(rlimits).map((operation) => {
    if (operation.op !== "set-rlimit" || operation.resource !== RLIMITS.RLIMIT_NOFILE) return operation;
    return { ...operation, soft: higher(operation.soft), hard: higher(operation.hard) };
  });
}

/** Some engines write RLIM_INFINITY as -1. */
function unsigned(value: Rlimit["soft"]): bigint {
  return BigInt.asUintN(64, toBigInt(value));
}

/**
 * `process.oomScoreAdj`, for the list `parent`. Where it is absent the score is
 * 0, not the agent's: a process with that could not be killed when memory runs out.
 */
export function oomScoreOperation({ oomScoreAdj = 0 }: Pick<Process, "oomScoreAdj">): Operation {
  return { op: "write-file", base: "child", path: "oom_score_adj", data: `${oomScoreAdj}` };
}

/** `process.scheduler` and `process.ioPriority`, for the child. */
export function schedulingOperations(process: Process): Operation[] {
  return [
    ...(process.scheduler === undefined ? [] : [schedulerOperation(process.scheduler)]),
    ...(process.ioPriority === undefined ? [] : [ioPriorityOperation(process.ioPriority)]),
  ];
}

function schedulerOperation(scheduler: Scheduler): Operation {
  return {
    op: "set-scheduler",
    policy: SCHEDULER_POLICIES[scheduler.policy],
    flags: (scheduler.flags ?? []).reduce((bits, flag) => bits | BigInt(SCHEDULER_FLAGS[flag]), 0n),
    nice: scheduler.nice ?? 0,
    priority: scheduler.priority ?? 0,
    runtimeNs: toBigInt(scheduler.runtime ?? 0),
    deadlineNs: toBigInt(scheduler.deadline ?? 0),
    periodNs: toBigInt(scheduler.period ?? 0),
  };
}

function ioPriorityOperation(ioPriority: IoPriority): Operation {
  return { op: "set-io-priority", class: IO_PRIORITY_CLASSES[ioPriority.class], level: ioPriority.priority ?? 0 };
}

/** `process.execCPUAffinity`: `initial` for the launcher before the clone, `final` for the child in its cgroup. */
export function affinityOperations(process: Process, stage: "initial" | "final"): Operation[] {
  const list = process.execCPUAffinity?.[stage];
  return list === undefined || list === "" ? [] : [{ op: "set-affinity", cpus: parseIdList(list) }];
}

/** `linux.personality` and `linux.memoryPolicy`, for the child. */
export function executionDomainOperations(linux: Linux): Operation[] {
  const operations: Operation[] = [];
  if (linux.personality !== undefined) {
    const { domain, flags } = linux.personality;
    if ((flags ?? []).length > 0) {
      throw new TskataError("invalid-argument", "linux.personality.flags: no flag is defined so far");
    }
    operations.push({ op: "personality", persona: PERSONALITY_DOMAINS[domain] });
  }
  if (linux.memoryPolicy !== undefined) {
    const { mode, nodes, flags } = linux.memoryPolicy;
    const bits = (flags ?? []).reduce((sum, flag) => sum | MEMORY_POLICY_FLAGS[flag], 0);
    operations.push({
      op: "set-memory-policy",
      mode: MEMORY_POLICY_MODES[mode] | bits,
      nodes: parseIdList(nodes ?? ""),
    });
  }
  return operations;
}
