import { chmod, chown, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { kvmGroups, ownUser, vmmUserOf } from "../../../hypervisors/common/vmm-user.js";

const isRoot = process.getuid?.() === 0;
const needsRoot = { skip: isRoot ? false : "only root can change users" };

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

t.test("ownUser() is root where that is who runs, whose capabilities can be taken away", (t) => {
  t.strictSame(ownUser({ isRoot: true }), { uid: 0, gid: 0 });
  t.equal(ownUser({ isRoot: false }), undefined);
  t.end();
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
