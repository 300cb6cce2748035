import { toSafeNumber } from "../../oci/integer.js";
import type { Integer } from "../../oci/integer.js";
import type { LinuxDeviceCgroup } from "../../oci/linux-resources.js";
import { CODE, CONTEXT, encodeProgram, type Instruction, RESULT } from "./ebpf.js";

/** BPF_DEVCG_* of linux/bpf.h. */
const TYPE = { b: 1, c: 2 } as const;
const ACCESS = { m: 1, r: 2, w: 4 } as const;
const ALL_ACCESS = 7;

/** Registers. */
const KIND = 2;
const WANTED = 3;
const MAJOR = 4;
const MINOR = 5;
const SCRATCH = 6;

/**
 * Compiles rules of the device cgroup into an eBPF program of the type
 * BPF_PROG_TYPE_CGROUP_DEVICE: an array of struct bpf_insn, little-endian.
 *
 * The rules mean what cgroup v1 makes of them when they are written one after
 * the other: for each kind of access that is asked for, the last rule that
 * matches decides, and what no rule names is refused. So the program goes
 * through them backwards and keeps the kinds of access that are still open.
 */
export function deviceProgram(rules: readonly LinuxDeviceCgroup[]): Uint8Array {
  const program: Instruction[] = [
    // struct bpf_cgroup_dev_ctx: access_type (access << 16 | type), major, minor
    { code: CODE.loadWord, to: WANTED, from: CONTEXT, offset: 0 },
    { code: CODE.moveRegister, to: KIND, from: WANTED },
    { code: CODE.andConstant, to: KIND, constant: 0xffff },
    { code: CODE.shiftRight, to: WANTED, constant: 16 },
    { code: CODE.loadWord, to: MAJOR, from: CONTEXT, offset: 4 },
    { code: CODE.loadWord, to: MINOR, from: CONTEXT, offset: 8 },
  ];
  for (const rule of effectiveRules(rules).toReversed()) program.push(...ruleInstructions(rule));
  program.push({ code: CODE.moveConstant, to: RESULT, constant: 0 }, { code: CODE.exit });
  return encodeProgram(program);
}

/** Rules before one that is about everything have no say. */
function effectiveRules(rules: readonly LinuxDeviceCgroup[]): readonly LinuxDeviceCgroup[] {
  const last = rules.findLastIndex((rule) => conditionsOf(rule).length === 0 && accessBits(rule) === ALL_ACCESS);
  return rules.slice(Math.max(0, last));
}

/** A register and the value that it must have. */
type RegisterCondition = readonly [register: number, value: number];

function conditionsOf(rule: LinuxDeviceCgroup): RegisterCondition[] {
  const conditions: RegisterCondition[] = [];
  if (rule.type === "b" || rule.type === "c") conditions.push([KIND, TYPE[rule.type]]);
  if (isNumber(rule.major)) conditions.push([MAJOR, toSafeNumber(rule.major)]);
  if (isNumber(rule.minor)) conditions.push([MINOR, toSafeNumber(rule.minor)]);
  return conditions;
}

/** Whether it is a device number and not a wildcard. */
function isNumber(value: Integer | undefined): value is Integer {
  return value !== undefined && value >= 0;
}

function accessBits(rule: LinuxDeviceCgroup): number {
  if (rule.access === undefined || rule.access === "") return ALL_ACCESS;
  return [...rule.access].reduce((bits, letter) => bits | ACCESS[letter as keyof typeof ACCESS], 0);
}

function ruleInstructions(rule: LinuxDeviceCgroup): Instruction[] {
  const bits = accessBits(rule);
  const answer = (value: number): Instruction[] => [
    { code: CODE.moveConstant, to: RESULT, constant: value },
    { code: CODE.exit },
  ];
  const decision: Instruction[] = rule.allow
    ? [
        { code: CODE.andConstant, to: WANTED, constant: ~bits },
        { code: CODE.jumpIfNotEqual, to: WANTED, constant: 0, offset: 2 },
        ...answer(1),
      ]
    : [
        { code: CODE.moveRegister, to: SCRATCH, from: WANTED },
        { code: CODE.andConstant, to: SCRATCH, constant: bits },
        { code: CODE.jumpIfEqual, to: SCRATCH, constant: 0, offset: 2 },
        ...answer(0),
      ];
  const conditions = conditionsOf(rule);
  const tests = conditions.map(([register, value], index): Instruction => {
    const offset = conditions.length - 1 - index + decision.length;
    return { code: CODE.jumpIfNotEqual, to: register, constant: value, offset };
  });
  return [...tests, ...decision];
}
