import t from "tap";
import type { Operation } from "../../../src/agent/kernel/operation.js";
import { plainPlan } from "./fixtures/container-plan.js";
import { rejectsWith, runPlan, startPlan } from "./fixtures/run-plan.js";

/** Lines of /proc/self/status as the program sees them after these operations. */
async function status(...operations: Operation[]): Promise<Map<string, string>> {
  const result = await runPlan(plainPlan(["cat", "/proc/self/status"], operations));
  return new Map(
    result.stdout.split("\n").map((line) => {
      const [name = "", value = ""] = line.split(":");
      return [name, value.trim().replaceAll("\t", " ")];
    }),
  );
}

const CHOWN = 1n << 0n;
const KILL = 1n << 5n;
const NET_BIND = 1n << 10n;
const hex = (mask: bigint) => mask.toString(16).padStart(16, "0");

void t.test("user, group and additional groups are set", async (t) => {
  const facts = await status(
    { op: "set-groups", gids: [5, 4_294_967_294] },
    { op: "set-gid", gid: 100 },
    { op: "set-uid", uid: 1000 },
  );
  t.equal(facts.get("Uid"), "1000 1000 1000 1000");
  t.equal(facts.get("Gid"), "100 100 100 100");
  t.equal(facts.get("Groups"), "5 4294967294");
});

void t.test("all five capability sets are exactly those asked for, for a user that isn't root", async (t) => {
  const facts = await status(
    { op: "limit-bounding-capabilities", keep: CHOWN | KILL | NET_BIND },
    { op: "keep-capabilities", keep: true },
    { op: "set-uid", uid: 1000 },
    { op: "keep-capabilities", keep: false },
    { op: "set-capabilities", effective: KILL, permitted: KILL | NET_BIND, inheritable: NET_BIND },
    { op: "set-ambient-capabilities", ambient: NET_BIND },
  );
  t.equal(facts.get("CapBnd"), hex(CHOWN | KILL | NET_BIND));
  t.equal(facts.get("CapInh"), hex(NET_BIND));
  // A user's exec keeps the ambient set alone.
  t.equal(facts.get("CapPrm"), hex(NET_BIND));
  t.equal(facts.get("CapEff"), hex(NET_BIND));
  t.equal(facts.get("CapAmb"), hex(NET_BIND));
});

void t.test("root has its bounding set after exec", async (t) => {
  const facts = await status(
    { op: "limit-bounding-capabilities", keep: KILL },
    { op: "set-capabilities", effective: KILL, permitted: KILL, inheritable: 0n },
  );
  t.equal(facts.get("CapEff"), hex(KILL));
});

void t.test("a capability that the process doesn't have can't be taken", async (t) => {
  const set: Operation = { op: "set-capabilities", effective: KILL, permitted: KILL, inheritable: 0n };
  const none: Operation = { op: "set-capabilities", effective: 0n, permitted: 0n, inheritable: 0n };
  await rejectsWith(t, status(none, set), { operation: "set-capabilities", errno: "EPERM" });
  await rejectsWith(t, status({ op: "set-ambient-capabilities", ambient: KILL }), {
    operation: "set-ambient-capabilities",
    errno: "EPERM",
    detail: "capability 5",
  });
});

void t.test("no_new_privs is set", async (t) => {
  t.equal((await status()).get("NoNewPrivs"), "0");
  t.equal((await status({ op: "no-new-privileges" })).get("NoNewPrivs"), "1");
});

/** struct sock_filter: allow all but the system call `number`, which fails with `errno`. */
function filterAgainst(number: number, errno: number): Uint8Array {
  const instructions = [
    [0x20, 0, 0, 0], // load the number
    [0x15, 0, 1, number], // jump over the next where it differs
    [0x06, 0, 0, 0x0005_0000 | errno],
    [0x06, 0, 0, 0x7fff_0000],
  ];
  const bytes = Buffer.alloc(8 * instructions.length);
  for (const [i, [code = 0, yes = 0, no = 0, value = 0]] of instructions.entries()) {
    bytes.writeUInt16LE(code, 8 * i);
    bytes.writeUInt8(yes, 8 * i + 2);
    bytes.writeUInt8(no, 8 * i + 3);
    bytes.writeUInt32LE(value, 8 * i + 4);
  }
  return bytes;
}

const UNAME = process.arch === "x64" ? 63 : 160;
const CLOSE_RANGE = 436;

void t.test("a seccomp filter holds for the program", async (t) => {
  const result = await runPlan(
    plainPlan(["uname"], [{ op: "no-new-privileges" }, { op: "seccomp", program: filterAgainst(UNAME, 1), flags: 0 }]),
  );
  t.match(result, { stdout: "", status: 1 });
  t.match(result.stderr, "Operation not permitted");
});

void t.test("a filter needs no_new_privs or the right to set one", async (t) => {
  const seccomp: Operation = { op: "seccomp", program: filterAgainst(UNAME, 1), flags: 0 };
  await rejectsWith(t, status({ op: "set-uid", uid: 1000 }, seccomp), { operation: "seccomp", errno: "EACCES" });
  t.equal((await status({ op: "no-new-privileges" }, { op: "set-uid", uid: 1000 }, seccomp)).get("Seccomp"), "2");
});

void t.test("a filter that knows nothing newer still lets the program start", async (t) => {
  const plan = plainPlan(
    ["sh", "-c", "ls /proc/$$/fd; :"],
    [
      { op: "open-tree", slot: 0, path: "/", recursive: false },
      { op: "seccomp", program: filterAgainst(CLOSE_RANGE, 38), flags: 0 },
      { op: "barrier", name: "start" },
    ],
  );
  const launched = await startPlan(plan);
  await launched.ready();
  await launched.start();
  t.same(await launched.exited, { status: 0 });
  launched.dispose();
});

for (const { name, program } of [
  { name: "empty", program: new Uint8Array() },
  { name: "of a broken length", program: new Uint8Array(9) },
  { name: "without a return", program: new Uint8Array(8) },
]) {
  void t.test(`a filter ${name} is refused`, async (t) => {
    await rejectsWith(t, status({ op: "seccomp", program, flags: 0 }), { operation: "seccomp", errno: "EINVAL" });
  });
}
