import t, { type Test } from "tap";
import { Disks } from "../../../hypervisors/qemu/disks.js";
import { type Answer, stubMonitor } from "./fixtures/stub-monitor.js";

/** A VM with one port, whose files get into sets 7, 8, ... */
async function machine(t: Test, answers: Readonly<Record<string, Answer>> = {}) {
  let set = 6;
  const monitor = await stubMonitor(t, { "add-fd": () => ({ "fdset-id": (set += 1), fd: 20 }), ...answers });
  const opened: string[] = [];
  const disks = new Disks({
    client: monitor.client,
    ports: ["port0"],
    sendFile: async (path, line) => {
      if (path === "/none") throw new Error("no such file");
      opened.push(path);
      monitor.hear(line);
    },
  });
  return { ...monitor, disks, opened };
}

t.test("plug() sends the file, and plugs a disk that reports what the host has no room for", async (t) => {
  const { disks, commands, opened } = await machine(t);
  await disks.plug("plug", { id: "disk1", path: "/images/1" });
  t.strictSame(opened, ["/images/1"]);
  t.match(commands, [
    ["add-fd", {}],
    ["blockdev-add", { driver: "file", filename: "/dev/fdset/7", "node-name": "disk1", locking: "off" }],
    ["device_add", { driver: "virtio-blk-pci", id: "disk1", drive: "disk1", bus: "port0", werror: "report" }],
  ]);
  await t.rejects(disks.plug("plug the disk disk2", { id: "disk2", path: "/images/2" }), {
    code: "unsupported",
    message: "plug the disk disk2: the VM was started with room for 1 disks",
  });
});

t.test("plug() leaves nothing of a disk that can't be had, and its port to the next", async (t) => {
  let refuses = true;
  const { disks, commands } = await machine(t, {
    device_add: () => {
      if (refuses) throw new Error("no");
    },
  });
  await t.rejects(disks.plug("plug", { id: "disk1", path: "/none" }), {
    code: "aborted",
    cause: { message: "no such file" },
  });
  t.strictSame(commands, []);
  await t.rejects(disks.plug("plug", { id: "disk1", path: "/images/1" }), { code: "command-failed" });
  t.strictSame(commands.slice(-2), [
    ["blockdev-del", { "node-name": "disk1" }],
    ["remove-fd", { "fdset-id": 7 }],
  ]);
  refuses = false;
  await disks.plug("plug", { id: "disk2", path: "/images/2" });
  t.match(commands.at(-1), ["device_add", { bus: "port0" }]);
  await t.rejects(disks.unplug("unplug", "disk1"), { code: "not-found", message: "unplug: no such disk is plugged" });
});
