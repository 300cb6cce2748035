import type { BpfAssembler, Target } from "./bpf-assembler.js";
import type { Condition } from "./filter-rules.js";

/** Offset of `args` in struct seccomp_data (linux/seccomp.h). */
const ARGUMENTS_OFFSET = 16;

const LOW_HALF = 0xffffffffn;

/**
 * Writes the test of one argument: both halves on a 64-bit architecture, on a
 * 32-bit one the lower half of argument and values.
 *
 * @param wide whether the architecture passes 64 bits
 */
export function compileCondition(
  assembler: BpfAssembler,
  condition: Condition,
  wide: boolean,
  ifTrue: Target,
  ifFalse: Target,
): Target {
  const low = ARGUMENTS_OFFSET + condition.index * 8;
  const argument: Argument = wide ? { low, high: low + 4 } : { low };
  const { value, valueTwo } = condition;
  switch (condition.operator) {
    case "SCMP_CMP_EQ":
      return maskedEqual(assembler, argument, 2n ** 64n - 1n, value, ifTrue, ifFalse);
    case "SCMP_CMP_NE":
      return maskedEqual(assembler, argument, 2n ** 64n - 1n, value, ifFalse, ifTrue);
    case "SCMP_CMP_MASKED_EQ":
      return maskedEqual(assembler, argument, value, valueTwo, ifTrue, ifFalse);
    case "SCMP_CMP_GE":
      return ordered(assembler, argument, "greater-or-equal", value, ifTrue, ifFalse);
    case "SCMP_CMP_LT":
      return ordered(assembler, argument, "greater-or-equal", value, ifFalse, ifTrue);
    case "SCMP_CMP_GT":
      return ordered(assembler, argument, "greater", value, ifTrue, ifFalse);
    case "SCMP_CMP_LE":
      return ordered(assembler, argument, "greater", value, ifFalse, ifTrue);
  }
}

/** Offsets of an argument's halves; a 32-bit one has no upper half. */
interface Argument {
  readonly low: number;
  readonly high?: number;
}

function lowHalf(value: bigint): number {
  return Number(value & LOW_HALF);
}

function highHalf(value: bigint): number {
  return Number(value >> 32n);
}

function maskedEqual(
  assembler: BpfAssembler,
  argument: Argument,
  mask: bigint,
  value: bigint,
  ifTrue: Target,
  ifFalse: Target,
): Target {
  const low = halfEqual(assembler, argument.low, lowHalf(mask), lowHalf(value), ifTrue, ifFalse);
  if (argument.high === undefined) return low;
  return halfEqual(assembler, argument.high, highHalf(mask), highHalf(value), low, ifFalse);
}

function halfEqual(
  assembler: BpfAssembler,
  offset: number,
  mask: number,
  value: number,
  ifTrue: Target,
  ifFalse: Target,
): Target {
  if ((value & ~mask) !== 0) return ifFalse;
  if (mask === 0) return ifTrue;
  const compare = assembler.branch("equal", value, ifTrue, ifFalse);
  return assembler.load(offset, mask === 0xffffffff ? compare : assembler.and(mask, compare));
}

function ordered(
  assembler: BpfAssembler,
  argument: Argument,
  comparison: "greater" | "greater-or-equal",
  value: bigint,
  ifTrue: Target,
  ifFalse: Target,
): Target {
  const low = assembler.load(argument.low, assembler.branch(comparison, lowHalf(value), ifTrue, ifFalse));
  if (argument.high === undefined) return low;
  const notGreater = assembler.branch("equal", highHalf(value), low, ifFalse);
  return assembler.load(argument.high, assembler.branch("greater", highHalf(value), ifTrue, notGreater));
}
