import { readFileSync } from "node:fs";
import t from "tap";
import type { Operation } from "../../../src/agent/kernel/operation.js";
import { encodePlan, OPERATION_NAMES, PLAN_MAX_BYTES, PLAN_VERSION } from "../../../src/agent/kernel/plan-encoder.js";
import type { Plan } from "../../../src/agent/kernel/plan.js";
import { exampleOperations, examplePlan } from "../launcher/fixtures/example-plan.js";

const LAUNCHER = new URL("../../../src/agent/launcher/launcher/", import.meta.url);
const empty: Plan = { terminal: false, cloneFlags: 0, before: [], between: [], parent: [], child: [] };

/** The rows of the launcher's table: name and signature. */
function launcherTable(): { name: string; signature: string }[] {
  const text = readFileSync(new URL("operations.c", LAUNCHER), "utf8");
  const rows = text.matchAll(/^ {4}\{"([a-z-]+)", ((?:"[a-z]*" ?)+), op_\w+\},$/gm);
  return [...rows].map(([, name = "", signature = ""]) => ({ name, signature: signature.replace(/[" ]/g, "") }));
}

/** Splits an encoded plan into its operations' numbers and arguments, as the launcher does. */
function decodeOperations(bytes: Buffer): { code: number; payload: Buffer }[] {
  let at = 12 + 4 + 8;
  const u32 = () => bytes.readUInt32LE((at += 4) - 4);
  const cgroup = u32();
  at += cgroup + 1;
  const operations: { code: number; payload: Buffer }[] = [];
  for (let list = 0; list < 4; list++) {
    for (let left = u32(); left > 0; left--) {
      const code = u32();
      const length = u32();
      operations.push({ code, payload: bytes.subarray(at, at + length) });
      at += length;
    }
  }
  t.equal(at, bytes.length);
  return operations;
}

/** Length of arguments of these types at the beginning of a payload. */
function argumentBytes(signature: string, payload: Buffer): number {
  let at = 0;
  const u32 = () => payload.readUInt32LE((at += 4) - 4);
  const skip = (itemBytes: number) => {
    const count = u32();
    at += count * itemBytes;
  };
  const string = () => {
    skip(1);
    if (payload[at] !== 0) throw new Error("a string doesn't end with NUL");
    at += 1;
  };
  for (const type of signature) {
    if (type === "u") at += 4;
    else if (type === "q") at += 8;
    else if (type === "s") string();
    else if (type === "b") skip(1);
    else if (type === "n") skip(4);
    else for (let left = u32(); left > 0; left--) string();
  }
  return at;
}

void t.test("the numbers of the operations are the launcher's", (t) => {
  t.same(
    launcherTable().map(({ name }) => name),
    OPERATION_NAMES.slice(1),
  );
  t.match(readFileSync(new URL("plan.h", LAUNCHER), "utf8"), `PLAN_VERSION = ${PLAN_VERSION},`);
  t.match(readFileSync(new URL("plan.h", LAUNCHER), "utf8"), "PLAN_MAX_BYTES = 8 << 20");
  t.equal(PLAN_MAX_BYTES, 8 << 20);
  t.end();
});

void t.test("the example has every operation", (t) => {
  t.same(new Set(exampleOperations.map(({ op }) => op)), new Set(OPERATION_NAMES.slice(1)));
  t.end();
});

void t.test("the arguments of every operation have the types that the launcher expects", (t) => {
  const table = launcherTable();
  for (const { code, payload } of decodeOperations(Buffer.from(encodePlan(examplePlan)))) {
    const { name = "", signature = "" } = table[code - 1] ?? {};
    t.equal(argumentBytes(signature, payload), payload.length, name);
  }
  t.end();
});

void t.test("a small plan has exactly these bytes", (t) => {
  const bytes = Buffer.from(
    encodePlan({ ...empty, cloneFlags: 0x20000000, child: [{ op: "set-hostname", name: "hü" }] }),
  );
  const expected = [
    "54534b50 0a000000 31000000", // TSKP, version, length
    "00000000 0000002000000000 00000000 00", // no terminal, flags, no cgroup
    "00000000 00000000 00000000", // before, between, parent
    "01000000 04000000 08000000 03000000 68c3bc 00",
  ];
  t.equal(bytes.toString("hex"), expected.join("").replaceAll(" ", ""));
  t.end();
});

void t.test("absent fields have their own value", (t) => {
  const child: Operation[] = [
    { op: "make-directory", path: "/", mode: 0 },
    { op: "bind", source: { path: "/s" }, destination: "/", recursive: false },
  ];
  const [directory, bind] = decodeOperations(Buffer.from(encodePlan({ ...empty, child })));
  t.equal(directory?.payload.toString("hex"), "010000002f0000000000ffffffffffffffff");
  t.equal(bind?.payload.toString("hex"), `ffffffff020000002f7300010000002f0000000000${"00".repeat(20)}`);
  t.end();
});

void t.test("strings with a NUL, numbers out of range and endless plans are refused", (t) => {
  const encode = (operation: Operation) => () => encodePlan({ ...empty, child: [operation] });
  t.throws(encode({ op: "set-hostname", name: "a\0b" }), TypeError);
  t.throws(encode({ op: "set-uid", uid: -1 }), RangeError);
  t.throws(encode({ op: "set-uid", uid: 2 ** 32 }), RangeError);
  t.throws(encode({ op: "set-rlimit", resource: 0, soft: -1n, hard: 0n }), RangeError);
  t.throws(encode({ op: "exec", args: ["x".repeat(PLAN_MAX_BYTES)], env: [] }), RangeError);
  t.end();
});
