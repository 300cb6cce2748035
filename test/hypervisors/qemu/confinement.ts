import { chmod, chown, writeFile } from "node:fs/promises";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { chooseConfinement, confine, kvmGroups, vmmUserOf } from "../../../hypervisors/qemu/confinement.js";

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

t.test("vmmUserOf() finds users and refuses unknown ones", async (t) => {
  const directory = t.testdir({
    with: "root:x:0:0:root:/root:/bin/sh\ntskata:x:501:502::/:/bin/false\nvm:x:7:8::/:/bin/false\n",
    without: "root:x:0:0:root:/root:/bin/sh\n",
  });
  const lookup = (file: string) => ({ isRoot: true, passwdPath: join(directory, file) });
  t.strictSame(vmmUserOf(undefined, lookup("with")), { uid: 501, gid: 502 });
  t.strictSame(vmmUserOf("vm", lookup("with")), { uid: 7, gid: 8 });
  t.strictSame(vmmUserOf(undefined, lookup("without")), { uid: 65534, gid: 65534 });
  t.throws(() => vmmUserOf("vm", lookup("without")), { name: "TskataError", code: "not-found" });
  t.equal(vmmUserOf("vm", { ...lookup("without"), isRoot: false }), undefined);
});

t.test("kvmGroups() is the device's group where that may use it", needsRoot, async (t) => {
  const device = join(t.testdir({}), "kvm");
  t.strictSame(await kvmGroups(device), []);
  await writeFile(device, "");
  await chmod(device, 0o660);
  t.strictSame(await kvmGroups(device), []);
  await chown(device, 0, 104);
  await chmod(device, 0o660);
  t.strictSame(await kvmGroups(device), [104]);
  await chmod(device, 0o600);
  t.strictSame(await kvmGroups(device), []);
});
