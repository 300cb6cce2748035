import { TskataError } from "../../common/error.js";
import { toBigInt } from "../../oci/integer.js";
import type { LinuxSeccomp, LinuxSeccompArg, LinuxSyscall } from "../../oci/linux-seccomp.js";
import { SECCOMP_ACTIONS, SECCOMP_ERRNO_ACTIONS } from "../../oci/tables/seccomp.js";
import type { SeccompAction, SeccompOperator } from "../../oci/tables/seccomp.js";
import type { GuestArchitecture } from "./syscall-table.js";
import { multiplexedCall, syscallNumbers } from "./syscall-table.js";

const EPERM = 1;
const ENOSYS = 38;

/** Length of the errno part of a filter's return value. */
const MAX_ERRNO_RET = 0xffff;

/** A condition on a system call's argument. */
export interface Condition {
  /** 0 to 5. */
  readonly index: number;
  readonly operator: SeccompOperator;
  /** 64 bits; the mask of SCMP_CMP_MASKED_EQ. */
  readonly value: bigint;
  /** 64 bits; what a masked argument is compared with. */
  readonly valueTwo: bigint;
}

/** What happens with one system call: the first case whose conditions all hold, else `otherwise`. */
export interface Decision {
  readonly cases: readonly { readonly conditions: readonly Condition[]; readonly returns: number }[];
  /** A return value of seccomp(2). */
  readonly otherwise: number;
}

/** The decisions of one architecture. */
export interface ArchitectureRules {
  /** By system call number. */
  readonly decisions: ReadonlyMap<number, Decision>;
  /** For calls that the profile says nothing of. */
  readonly otherwise: number;
  /** Set where calls with a higher number than this are newer than the profile and get ENOSYS. */
  readonly lastKnown?: number;
}

/** Return value for calls that a profile doesn't know, so that programs fall back to older ones. */
export const RETURN_ENOSYS = (SECCOMP_ACTIONS.SCMP_ACT_ERRNO | ENOSYS) >>> 0;

/**
 * The filter's return value for an action of the profile.
 *
 * @throws TskataError `invalid-argument` where the action takes no errno, or not this one
 */
export function returnValue(action: SeccompAction, errnoRet: number | undefined): number {
  const takesErrno = (SECCOMP_ERRNO_ACTIONS as readonly SeccompAction[]).includes(action);
  if (!takesErrno) {
    if (errnoRet !== undefined) {
      throw new TskataError("invalid-argument", `seccomp: ${action} takes no errnoRet, found ${errnoRet}`);
    }
    return SECCOMP_ACTIONS[action];
  }
  const errno = errnoRet ?? EPERM;
  if (errno > MAX_ERRNO_RET) {
    throw new TskataError("invalid-argument", `seccomp: errnoRet ${errno} is above ${MAX_ERRNO_RET}`);
  }
  return (SECCOMP_ACTIONS[action] | errno) >>> 0;
}

/**
 * Resolves a profile for one architecture, as users of libseccomp expect:
 *
 * - Names that the architecture doesn't have are left out.
 * - A rule that does the same as the default is of no account.
 * - A rule without conditions outweighs those with conditions; among equals the
 *   earlier one counts.
 * - Several conditions on one argument are alternatives, each a rule of its own.
 * - Calls newer than all that the profile names fail with ENOSYS where the
 *   default refuses, as runc does.
 */
export function architectureRules(profile: LinuxSeccomp, architecture: GuestArchitecture): ArchitectureRules {
  const numbers = syscallNumbers(architecture);
  const otherwise = returnValue(profile.defaultAction, profile.defaultErrnoRet);
  const decisions = new Map<number, Decision>();
  let last = -1;
  for (const rule of profile.syscalls ?? []) {
    const returns = returnValue(rule.action, rule.errnoRet);
    const alternatives = splitConditions(rule);
    for (const name of rule.names) {
      const number = numbers.get(name);
      if (number !== undefined) last = Math.max(last, number);
      if (returns === otherwise) continue;
      if (number !== undefined) addRule(decisions, number, alternatives, returns, otherwise);
      const multiplexed = architecture === "SCMP_ARCH_X86" ? multiplexedCall(name) : undefined;
      // The call's own arguments lie in memory then, where a filter can't look.
      if (multiplexed === undefined || alternatives.some((conditions) => conditions.length > 0)) continue;
      const multiplexer = numbers.get(multiplexed.multiplexer) as number;
      addRule(decisions, multiplexer, [[multiplexerCondition(multiplexed.value)]], returns, otherwise);
    }
  }
  const restrictive = !PERMISSIVE.has(profile.defaultAction) && otherwise !== RETURN_ENOSYS;
  return restrictive && last >= 0 ? { decisions, otherwise, lastKnown: last } : { decisions, otherwise };
}

const PERMISSIVE: ReadonlySet<SeccompAction> = new Set([
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_LOG",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_NOTIFY",
]);

function addRule(
  decisions: Map<number, Decision>,
  number: number,
  alternatives: readonly (readonly Condition[])[],
  returns: number,
  defaultReturn: number,
): void {
  const known = decisions.get(number);
  if (known !== undefined && known.cases.length === 0) return;
  if (alternatives.some((conditions) => conditions.length === 0)) {
    decisions.set(number, { cases: [], otherwise: returns });
    return;
  }
  const cases = alternatives.map((conditions) => ({ conditions, returns }));
  decisions.set(number, { cases: [...(known?.cases ?? []), ...cases], otherwise: defaultReturn });
}

function splitConditions(rule: LinuxSyscall): readonly (readonly Condition[])[] {
  const conditions = (rule.args ?? []).map(condition);
  const repeated = new Set(conditions.map(({ index }) => index)).size < conditions.length;
  return repeated ? conditions.map((one) => [one]) : [conditions];
}

function condition(arg: LinuxSeccompArg): Condition {
  return {
    index: arg.index,
    operator: arg.op,
    value: BigInt.asUintN(64, toBigInt(arg.value)),
    valueTwo: BigInt.asUintN(64, toBigInt(arg.valueTwo ?? 0)),
  };
}

/** ipc(2) keeps a version in the upper half of its first argument; socketcall(2) has no such half. */
function multiplexerCondition(call: number): Condition {
  return { index: 0, operator: "SCMP_CMP_MASKED_EQ", value: 0xffffn, valueTwo: BigInt(call) };
}
