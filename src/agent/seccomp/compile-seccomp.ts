import { TskataError } from "../../common/error.js";
import { asksSeccompAgent, type LinuxSeccomp } from "../../oci/linux-seccomp.js";
import { SECCOMP_ACTIONS, SECCOMP_ARCHITECTURES, seccompFlags } from "../../oci/tables/seccomp.js";
import type { Target } from "./bpf-assembler.js";
import { BpfAssembler } from "./bpf-assembler.js";
import { compileCondition } from "./compile-conditions.js";
import type { ArchitectureRules, Decision } from "./filter-rules.js";
import { architectureRules, RETURN_ENOSYS } from "./filter-rules.js";
import type { GuestArchitecture } from "./syscall-table.js";
import { X32_SYSCALL_BIT } from "./syscall-table.js";

/** Offsets in struct seccomp_data (linux/seccomp.h). */
const NUMBER_OFFSET = 0;
const ARCHITECTURE_OFFSET = 4;

/** The number that a tracer gives a call that isn't to be made. */
const NO_CALL = 0xffffffff;

/** A filter for the launcher's operation `seccomp`. */
export interface SeccompFilter {
  readonly program: Uint8Array;
  /** SECCOMP_FILTER_FLAG_* bits. */
  readonly flags: number;
}

/**
 * Compiles `linux.seccomp` into a classic BPF program (config-linux.md,
 * "Seccomp"; seccomp(2)). The native architecture is always part of it; a call
 * by an architecture that isn't listed kills the thread. Each architecture's
 * numbers are searched as a balanced tree of ranges, some eight comparisons for
 * the usual profile.
 *
 * @throws TskataError `invalid-argument` where the profile contradicts itself
 *   or is too long for the kernel
 */
export function compileSeccomp(profile: LinuxSeccomp): SeccompFilter {
  refuseUnusableNotify(profile);
  const assembler = new BpfAssembler();
  const foreign = assembler.return(SECCOMP_ACTIONS.SCMP_ACT_KILL_THREAD);
  const listed = (architecture: GuestArchitecture): boolean => profile.architectures?.includes(architecture) === true;

  const x32 = listed("SCMP_ARCH_X32") ? architectureRules(profile, "SCMP_ARCH_X32") : undefined;
  const native = compileNumbers(assembler, true, architectureRules(profile, "SCMP_ARCH_X86_64"), x32, foreign);
  let other = foreign;
  if (listed("SCMP_ARCH_X86")) {
    const x86 = compileNumbers(assembler, false, architectureRules(profile, "SCMP_ARCH_X86"), undefined, foreign);
    other = assembler.branch("equal", SECCOMP_ARCHITECTURES.SCMP_ARCH_X86, x86, foreign);
  }
  const byArchitecture = assembler.branch("equal", SECCOMP_ARCHITECTURES.SCMP_ARCH_X86_64, native, other);
  const start = assembler.load(ARCHITECTURE_OFFSET, byArchitecture);
  try {
    return { program: assembler.assemble(start), flags: seccompFlags(profile.flags, asksSeccompAgent(profile)) };
  } catch (cause) {
    throw new TskataError("invalid-argument", `seccomp: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** The launcher has to write to the agent before its exec, and nobody would answer it there. */
function refuseUnusableNotify(profile: LinuxSeccomp): void {
  if (profile.defaultAction === "SCMP_ACT_NOTIFY") {
    throw new TskataError("invalid-argument", "seccomp: SCMP_ACT_NOTIFY can't be the default action");
  }
  if (profile.syscalls?.some((rule) => rule.action === "SCMP_ACT_NOTIFY" && rule.names.includes("write")) === true) {
    throw new TskataError("invalid-argument", "seccomp: SCMP_ACT_NOTIFY cannot be used for the write syscall");
  }
}

/** A range of numbers from `first` to the next range's start. */
interface NumberRange {
  readonly first: number;
  readonly target: Target;
}

/** Writes the search for a call's number, x32's calls being the upper part of x86-64's numbers. */
function compileNumbers(
  assembler: BpfAssembler,
  wide: boolean,
  rules: ArchitectureRules,
  x32: ArchitectureRules | undefined,
  foreign: Target,
): Target {
  const ranges = numberRanges(assembler, wide, rules, 0);
  if (x32 !== undefined) {
    ranges.push(...numberRanges(assembler, wide, x32, X32_SYSCALL_BIT));
  } else if (wide) {
    ranges.push({ first: X32_SYSCALL_BIT, target: foreign });
  }
  ranges.push({ first: NO_CALL, target: assembler.return(rules.otherwise) });
  return assembler.load(NUMBER_OFFSET, searchTree(assembler, merged(ranges)));
}

function numberRanges(assembler: BpfAssembler, wide: boolean, rules: ArchitectureRules, first: number): NumberRange[] {
  const otherwise = assembler.return(rules.otherwise);
  const ranges: NumberRange[] = [{ first, target: otherwise }];
  for (const [number, decision] of [...rules.decisions].sort(([a], [b]) => a - b)) {
    ranges.push({ first: number, target: compileDecision(assembler, wide, decision) });
    ranges.push({ first: number + 1, target: otherwise });
  }
  if (rules.lastKnown !== undefined) {
    ranges.push({ first: rules.lastKnown + 1, target: assembler.return(RETURN_ENOSYS) });
  }
  return ranges;
}

function compileDecision(assembler: BpfAssembler, wide: boolean, decision: Decision): Target {
  let next = assembler.return(decision.otherwise);
  for (const { conditions, returns } of decision.cases.toReversed()) {
    const missed = next;
    next = assembler.return(returns);
    for (const condition of conditions.toReversed()) {
      next = compileCondition(assembler, condition, wide, next, missed);
    }
  }
  return next;
}

/** Of ranges with the same start the last counts; neighbours that lead to the same place become one. */
function merged(ranges: readonly NumberRange[]): NumberRange[] {
  const result: NumberRange[] = [];
  for (const range of ranges) {
    if (result.at(-1)?.first === range.first) result.pop();
    const before = result.at(-1)?.target;
    const same = before?.returns === undefined ? before === range.target : before.returns === range.target.returns;
    if (!same) result.push(range);
  }
  return result;
}

function searchTree(assembler: BpfAssembler, ranges: readonly NumberRange[]): Target {
  const middle = ranges.length >> 1;
  const range = ranges[middle] as NumberRange;
  if (middle === 0) return range.target;
  const above = searchTree(assembler, ranges.slice(middle));
  const below = searchTree(assembler, ranges.slice(0, middle));
  return assembler.branch("greater-or-equal", range.first, above, below);
}
