import fc from "fast-check";
import t from "tap";
import { compileSeccomp } from "../../../src/agent/seccomp/compile-seccomp.js";
import { syscallNumbers } from "../../../src/agent/seccomp/syscall-table.js";
import type { LinuxSeccomp, LinuxSeccompArg } from "../../../src/oci/linux-seccomp.js";
import { SECCOMP_OPERATORS } from "../../../src/oci/tables/seccomp.js";
import { runFilter } from "./bpf-interpreter.js";

const X86_64 = 0xc000003e;
const X86 = 0x40000003;
const X32_BIT = 0x40000000;
const ALLOW = 0x7fff0000;
const KILL_THREAD = 0;
const errno = (value: number): number => 0x00050000 | value;

function verdict(profile: LinuxSeccomp, number: number, args: readonly bigint[] = [], architecture = X86_64): number {
  return runFilter(compileSeccomp(profile).program, { number, architecture, args }).returns;
}

const nr = (name: string): number => syscallNumbers("SCMP_ARCH_X86_64").get(name) as number;

t.test("compileSeccomp() allows what is named and refuses the rest with EPERM", async (t) => {
  const profile: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names: ["read", "write", "mseal", "no_such_call"], action: "SCMP_ACT_ALLOW" }],
  };
  t.equal(verdict(profile, nr("read")), ALLOW);
  t.equal(verdict(profile, nr("write")), ALLOW);
  t.equal(verdict(profile, nr("open")), errno(1));
});

t.test("compileSeccomp() answers ENOSYS for calls that are newer than all that the profile names", async (t) => {
  const profile: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names: ["read", "openat2"], action: "SCMP_ACT_ALLOW" }],
  };
  t.equal(verdict(profile, nr("openat2") - 1), errno(1));
  t.equal(verdict(profile, nr("openat2") + 1), errno(38));
  t.equal(verdict(profile, X32_BIT - 1), errno(38));
  t.equal(verdict(profile, 0xffffffff), errno(1), "a call that a tracer took back");
  t.equal(verdict({ ...profile, defaultAction: "SCMP_ACT_ALLOW" }, nr("openat2") + 1), ALLOW);
  t.equal(verdict({ ...profile, defaultAction: "SCMP_ACT_KILL_PROCESS" }, 400_000), errno(38));
  t.equal(verdict({ ...profile, defaultErrnoRet: 38 }, 3), errno(38));
});

t.test("compileSeccomp() knows every action and its errno", async (t) => {
  for (const [action, errnoRet, expected] of [
    ["SCMP_ACT_KILL", undefined, 0],
    ["SCMP_ACT_KILL_THREAD", undefined, 0],
    ["SCMP_ACT_KILL_PROCESS", undefined, 0x80000000],
    ["SCMP_ACT_TRAP", undefined, 0x00030000],
    ["SCMP_ACT_ERRNO", undefined, errno(1)],
    ["SCMP_ACT_ERRNO", 0, errno(0)],
    ["SCMP_ACT_ERRNO", 4096, errno(4096)],
    ["SCMP_ACT_TRACE", 7, 0x7ff00007],
    ["SCMP_ACT_LOG", undefined, 0x7ffc0000],
    ["SCMP_ACT_NOTIFY", undefined, 0x7fc00000],
  ] as const) {
    const rule = { names: ["mkdir"], action, ...(errnoRet === undefined ? {} : { errnoRet }) };
    t.equal(verdict({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] }, nr("mkdir")), expected, action);
  }
});

t.test("compileSeccomp() refuses a profile that contradicts itself", async (t) => {
  const invalid = { code: "invalid-argument" };
  t.throws(() => compileSeccomp({ defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1 }), invalid);
  t.throws(() => compileSeccomp({ defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 0x10000 }), invalid);
  t.throws(() => compileSeccomp({ defaultAction: "SCMP_ACT_NOTIFY" }), invalid);
  const notify = { names: ["write"], action: "SCMP_ACT_NOTIFY" } as const;
  t.throws(() => compileSeccomp({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [notify] }), invalid);
});

t.test("compileSeccomp() refuses a program that the kernel wouldn't take", async (t) => {
  const args: LinuxSeccompArg[] = [];
  for (let value = 0; value < 2000; value += 1) args.push({ index: 0, op: "SCMP_CMP_EQ", value });
  const profile: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names: ["read"], action: "SCMP_ACT_ALLOW", args }],
  };
  t.throws(() => compileSeccomp(profile), { code: "invalid-argument", message: /instructions, the kernel takes 4096/ });
});

t.test("compileSeccomp() kills calls of architectures that aren't listed", async (t) => {
  const profile: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_ERRNO" }],
  };
  t.equal(verdict(profile, 1, [], X86), KILL_THREAD);
  t.equal(verdict(profile, X32_BIT, []), KILL_THREAD);
  const all: LinuxSeccomp = { ...profile, architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] };
  t.equal(verdict(all, nr("mkdir")), errno(1), "the native one needs no mention");
  t.equal(verdict(all, 39, [], X86), errno(1), "mkdir of i386");
  t.equal(verdict(all, nr("mkdir"), [], X86), ALLOW, "83 is symlink on i386");
  t.equal(verdict(all, X32_BIT + nr("mkdir")), errno(1));
  t.equal(verdict(all, X32_BIT + 1), ALLOW);
  t.equal(verdict(all, 1, [], 0xc00000b7), KILL_THREAD);
});

t.test("compileSeccomp() looks into the multiplexed calls of i386", async (t) => {
  const profile: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
    syscalls: [
      { names: ["bind", "semget"], action: "SCMP_ACT_ALLOW" },
      { names: ["connect"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, op: "SCMP_CMP_EQ", value: 3 }] },
    ],
  };
  t.equal(verdict(profile, 361, [], X86), ALLOW, "bind itself");
  t.equal(verdict(profile, 102, [2n], X86), ALLOW, "bind by socketcall");
  t.equal(verdict(profile, 102, [3n], X86), errno(1), "connect's own arguments can't be seen");
  t.equal(verdict(profile, 102, [4n], X86), errno(1));
  t.equal(verdict(profile, 117, [0x10002n], X86), ALLOW, "semget by ipc, version 1");
  t.equal(verdict(profile, 117, [1n], X86), errno(1));
});

t.test("compileSeccomp() lets a rule without conditions outweigh the others", async (t) => {
  const args = [{ index: 0, op: "SCMP_CMP_EQ", value: 5 }] as const;
  const conditional = { names: ["socket"], action: "SCMP_ACT_ERRNO", args } as const;
  const whole = { names: ["socket"], action: "SCMP_ACT_KILL_PROCESS" } as const;
  for (const syscalls of [
    [conditional, whole],
    [whole, conditional],
  ]) {
    t.equal(verdict({ defaultAction: "SCMP_ACT_ALLOW", syscalls }, nr("socket"), [5n]), 0x80000000);
  }
});

t.test("compileSeccomp() takes conditions on the same argument as alternatives", async (t) => {
  const profile: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [
      {
        names: ["personality"],
        action: "SCMP_ACT_ALLOW",
        args: [
          { index: 0, op: "SCMP_CMP_EQ", value: 0 },
          { index: 0, op: "SCMP_CMP_EQ", value: 8 },
        ],
      },
    ],
  };
  t.equal(verdict(profile, nr("personality"), [0n]), ALLOW);
  t.equal(verdict(profile, nr("personality"), [8n]), ALLOW);
  t.equal(verdict(profile, nr("personality"), [4n]), errno(1));
});

function holds(arg: LinuxSeccompArg, actual: bigint): boolean {
  const value = BigInt(arg.value);
  switch (arg.op) {
    case "SCMP_CMP_EQ":
      return actual === value;
    case "SCMP_CMP_NE":
      return actual !== value;
    case "SCMP_CMP_GT":
      return actual > value;
    case "SCMP_CMP_GE":
      return actual >= value;
    case "SCMP_CMP_LT":
      return actual < value;
    case "SCMP_CMP_LE":
      return actual <= value;
    case "SCMP_CMP_MASKED_EQ":
      return (actual & value) === BigInt(arg.valueTwo ?? 0);
  }
}

t.test("compileSeccomp() compares all 64 bits of an argument with every operator", async (t) => {
  const word = fc.oneof(
    fc.constantFrom(0n, 1n, 0x7fffffffn, 0xffffffffn, 0x100000000n, 0x1_0000_0001n, 2n ** 63n, 2n ** 64n - 1n),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  );
  const arg = fc.record({
    index: fc.integer({ min: 0, max: 5 }),
    op: fc.constantFrom(...SECCOMP_OPERATORS),
    value: word,
    valueTwo: word,
  });
  const args = fc.uniqueArray(arg, { minLength: 1, maxLength: 6, selector: ({ index }) => index });
  fc.assert(
    fc.property(args, fc.array(word, { minLength: 6, maxLength: 6 }), fc.boolean(), (args, actual, equal) => {
      // Values near the compared ones are what goes wrong.
      const values = actual.map((value, index) => {
        const near = args.find((one) => one.index === index);
        return equal && near !== undefined ? near.value : value;
      });
      const profile: LinuxSeccomp = {
        defaultAction: "SCMP_ACT_ERRNO",
        syscalls: [{ names: ["ioctl"], action: "SCMP_ACT_ALLOW", args }],
      };
      const expected = args.every((one) => holds(one, values[one.index] as bigint)) ? ALLOW : errno(1);
      return verdict(profile, nr("ioctl"), values) === expected;
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

t.test("compileSeccomp() decides every call of large random profiles as written", async (t) => {
  const names = [...syscallNumbers("SCMP_ARCH_X86_64").keys()];
  const rule = fc.record({
    names: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 60 }),
    action: fc.constantFrom("SCMP_ACT_ALLOW", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP", "SCMP_ACT_LOG"),
    conditional: fc.boolean(),
  });
  const returns = { SCMP_ACT_ALLOW: ALLOW, SCMP_ACT_KILL_PROCESS: 0x80000000, SCMP_ACT_TRAP: 0x30000 } as const;
  const value = { ...returns, SCMP_ACT_LOG: 0x7ffc0000 };
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 40 }), (rules) => {
      const profile: LinuxSeccomp = {
        defaultAction: "SCMP_ACT_TRAP",
        syscalls: rules.map(({ names, action, conditional }) => ({
          names,
          action,
          args: conditional ? [{ index: 1, op: "SCMP_CMP_GE", value: 2n ** 40n }] : [],
        })),
      };
      const { program } = compileSeccomp(profile);
      const known = rules.flatMap((one) => one.names.map(nr));
      const last = Math.max(-1, ...known);
      return [...new Set(names)].every((name) => {
        const number = nr(name);
        const effective = rules.filter((one) => one.names.includes(name) && one.action !== "SCMP_ACT_TRAP");
        const whole = effective.find((one) => !one.conditional);
        return [0n, 2n ** 41n].every((argument) => {
          const match = whole ?? (argument > 0n ? effective[0] : undefined);
          const otherwise = last >= 0 && number > last ? errno(38) : value.SCMP_ACT_TRAP;
          const expected = match === undefined ? otherwise : value[match.action];
          return runFilter(program, { number, architecture: X86_64, args: [0n, argument] }).returns === expected;
        });
      });
    }),
    { numRuns: 100 },
  );
  t.pass();
});

t.test("compileSeccomp() finds a call in a usual profile within twenty steps", async (t) => {
  const even = [...syscallNumbers("SCMP_ARCH_X86_64")].filter(([, number]) => number % 3 !== 0);
  const profile: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    syscalls: [{ names: even.map(([name]) => name), action: "SCMP_ACT_ALLOW" }],
  };
  const { program } = compileSeccomp(profile);
  for (const [name, number] of even) {
    const { returns, steps } = runFilter(program, { number, architecture: X86_64 });
    if (returns !== ALLOW || steps > 20) t.fail(`${name}: ${returns} after ${steps} steps`);
  }
  t.pass();
});

t.test("compileSeccomp() passes the flags on, and allows speculation where none are given", async (t) => {
  t.equal(compileSeccomp({ defaultAction: "SCMP_ACT_ALLOW" }).flags, 4);
  t.equal(compileSeccomp({ defaultAction: "SCMP_ACT_ALLOW", flags: [] }).flags, 0);
  const flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"] as const;
  t.equal(compileSeccomp({ defaultAction: "SCMP_ACT_ALLOW", flags }).flags, 2, "no other threads are there");
});
