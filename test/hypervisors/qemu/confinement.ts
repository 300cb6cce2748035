import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import t from "tap";
import { ownUser } from "../../../hypervisors/common/vmm-user.js";
import { chooseConfinement, confine } from "../../../hypervisors/qemu/confinement.js";

const USER = { uid: 123, gid: 45 };
const isRoot = process.getuid?.() === 0;
const needsRoot = { skip: isRoot ? false : "only root can change users" };

t.test("confine() takes user, groups and capabilities away", (t) => {
  t.strictSame(confine({ kind: "other-user", user: USER, groups: [] }, ["qemu", "-x"]), [
    "setpriv",
    "--reuid",
    "123",
    "--regid",
    "45",
    "--clear-groups",
    "--bounding-set",
    "-all",
    "--inh-caps",
    "-all",
    "--no-new-privs",
    "--pdeathsig",
    "KILL",
    "qemu",
    "-x",
  ]);
  t.match(confine({ kind: "other-user", user: USER, groups: [7, 8] }, []).join(" "), / --groups 7,8 /);
  t.end();
});

t.test("confine() only forbids new rights where the user stays", (t) => {
  const expected = ["setpriv", "--no-new-privs", "--pdeathsig", "KILL", "qemu"];
  t.strictSame(confine({ kind: "same-user" }, ["qemu"]), expected);
  t.end();
});

t.test("a confined process dies with the one that started it", needsRoot, async (t) => {
  const command = confine({ kind: "other-user", user: USER, groups: [] }, ["sh", "-c", "echo ready; exec sleep 1000"]);
  const quoted = command.map((word) => `'${word}'`).join(" ");
  const parent = spawn("sh", ["-c", `${quoted} & wait`], { stdio: ["ignore", "pipe", "inherit"] });
  // The confined process holds the pipe: its end is the process's.
  const ended = once(parent.stdout, "end");
  await once(parent.stdout, "data");
  parent.stdout.resume();
  parent.kill("SIGKILL");
  await t.resolves(ended);
});

t.test("a confined process has no capability and another user", needsRoot, async (t) => {
  const status = await statusOf(confine({ kind: "other-user", user: USER, groups: [7] }, ["cat", "/proc/self/status"]));
  t.equal(status["Uid"], "123\t123\t123\t123");
  t.equal(status["Gid"], "45\t45\t45\t45");
  t.equal(status["Groups"], "7");
  t.equal(status["NoNewPrivs"], "1");
  for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) t.equal(status[set], "0000000000000000", set);
});

t.test("root that stays root has no capability either", needsRoot, async (t) => {
  const user = ownUser() ?? USER;
  const status = await statusOf(confine({ kind: "other-user", user, groups: [] }, ["cat", "/proc/self/status"]));
  t.equal(status["Uid"], "0\t0\t0\t0");
  for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) t.equal(status[set], "0000000000000000", set);
});

t.test("a confined file server is root with the rights over files only", needsRoot, async (t) => {
  const status = await statusOf(confine({ kind: "file-server" }, ["cat", "/proc/self/status"]));
  // CAP_CHOWN, DAC_OVERRIDE, FOWNER, FSETID, MKNOD, SETFCAP of capability.h.
  const expected = [0, 1, 3, 4, 27, 31].reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);
  for (const set of ["CapPrm", "CapEff", "CapBnd"]) t.equal(BigInt(`0x${status[set]}`), expected, set);
  t.equal(status["NoNewPrivs"], "1");
});

async function statusOf(command: readonly string[]): Promise<Record<string, string>> {
  const [program = "", ...args] = command;
  const { stdout } = await promisify(execFile)(program, args);
  const lines = stdout.split("\n").map((line) => line.split(":"));
  return Object.fromEntries(lines.map(([name = "", value = ""]) => [name, value.trim()]));
}

t.test("chooseConfinement() takes the least rights that will do", async (t) => {
  const input = { user: USER, accelerator: "tcg", servesFiles: false } as const;
  t.strictSame(await chooseConfinement(input), { kind: "other-user", user: USER, groups: [] });
  t.strictSame(await chooseConfinement({ ...input, servesFiles: true }), { kind: "file-server" });
  t.strictSame(await chooseConfinement({ ...input, user: undefined }), { kind: "same-user" });
  t.match(await chooseConfinement({ ...input, accelerator: "kvm" }), { kind: "other-user", user: USER });
});
