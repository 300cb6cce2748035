import fc from "fast-check";
import t from "tap";
import { deviceProgram } from "../../../src/agent/cgroup/device-program.js";
import { DEFAULT_DEVICE_RULES } from "../../../src/agent/cgroup/device-rules.js";
import type { LinuxDeviceCgroup } from "../../../src/oci/linux-resources.js";

interface Access {
  readonly type: "b" | "c";
  readonly major: number;
  readonly minor: number;
  readonly access: string;
}

const BITS = { m: 1, r: 2, w: 4 } as const;

/** Runs the program as the kernel does, with the few instructions that it may consist of. */
function allows(program: Uint8Array, { type, major, minor, access }: Access): boolean {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const bits = [...access].reduce((sum, letter) => sum | BITS[letter as keyof typeof BITS], 0);
  const context = [(bits << 16) | (type === "b" ? 1 : 2), major, minor];
  const registers: bigint[] = Array.from({ length: 11 }, () => 0n);
  for (let at = 0; at < program.byteLength / 8; at += 1) {
    const code = view.getUint8(at * 8);
    const to = view.getUint8(at * 8 + 1) & 15;
    const from = view.getUint8(at * 8 + 1) >> 4;
    const offset = view.getInt16(at * 8 + 2, true);
    const constant = BigInt(view.getInt32(at * 8 + 4, true));
    const value = registers[to] as bigint;
    if (code === 0x61) registers[to] = BigInt(context[offset / 4] as number);
    else if (code === 0xb7) registers[to] = BigInt.asUintN(64, constant);
    else if (code === 0xbf) registers[to] = registers[from] as bigint;
    else if (code === 0x57) registers[to] = value & BigInt.asUintN(64, constant);
    else if (code === 0x77) registers[to] = value >> constant;
    else if (code === 0x15) at += value === BigInt.asUintN(64, constant) ? offset : 0;
    else if (code === 0x55) at += value === BigInt.asUintN(64, constant) ? 0 : offset;
    else if (code === 0x95) return registers[0] === 1n;
    else throw new Error(`unknown instruction 0x${code.toString(16)} at ${at}`);
  }
  throw new Error("the program ran past its end");
}

/** The same, straight from the rules: the last one that matches decides on each kind of access. */
function expected(rules: readonly LinuxDeviceCgroup[], { type, major, minor, access }: Access): boolean {
  return [...access].every((letter) => {
    const rule = rules.findLast(
      (one) =>
        (one.type === undefined || one.type === "a" || one.type === type) &&
        (one.major === undefined || Number(one.major) < 0 || Number(one.major) === major) &&
        (one.minor === undefined || Number(one.minor) < 0 || Number(one.minor) === minor) &&
        (one.access === undefined || one.access.includes(letter)),
    );
    return rule?.allow === true;
  });
}

t.test("deviceProgram() refuses everything without rules", async (t) => {
  t.notOk(allows(deviceProgram([]), { type: "c", major: 1, minor: 3, access: "r" }));
});

t.test("deviceProgram() lets the default devices through after an engine's refusal of all", async (t) => {
  const program = deviceProgram([{ allow: false, access: "rwm" }, ...DEFAULT_DEVICE_RULES]);
  t.ok(allows(program, { type: "c", major: 1, minor: 3, access: "rw" }));
  t.ok(allows(program, { type: "c", major: 136, minor: 40, access: "rw" }));
  t.ok(allows(program, { type: "b", major: 8, minor: 0, access: "m" }), "a node may be made");
  t.notOk(allows(program, { type: "b", major: 8, minor: 0, access: "r" }), "but not opened");
  t.notOk(allows(program, { type: "c", major: 1, minor: 1, access: "w" }), "/dev/mem");
  t.notOk(allows(program, { type: "c", major: 5, minor: 1, access: "w" }), "the console of the VM");
});

t.test("deviceProgram() does what any list of rules says", async (t) => {
  const number = fc.integer({ min: 0, max: 3 });
  const access = fc.constantFrom("r", "w", "m", "rw", "rm", "wm", "rwm");
  const rule = fc.record(
    {
      allow: fc.boolean(),
      type: fc.constantFrom("a", "b", "c"),
      major: fc.oneof(number, fc.constant(-1)),
      minor: fc.oneof(number, fc.constant(-1)),
      access,
    },
    { requiredKeys: ["allow"] },
  );
  const request = fc.record({ type: fc.constantFrom("b", "c"), major: number, minor: number, access });
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 12 }), fc.array(request, { maxLength: 20 }), (rules, requests) => {
      const program = deviceProgram(rules);
      return requests.every(
        (one) => allows(program, one as Access) === expected(rules as LinuxDeviceCgroup[], one as Access),
      );
    }),
    { numRuns: 2000 },
  );
  t.pass();
});
