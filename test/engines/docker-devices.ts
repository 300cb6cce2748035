import { existsSync } from "node:fs";
import t from "tap";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";

/** A disk of this machine, whatever it is called. */
const FIND_DISK = "lsblk --noheadings --nodeps --paths --output NAME | head -n 1";

/** What Debian's kernels have, and the guest's hasn't. */
const MISSING_IN_GUEST = ["/dev/autofs", "/dev/btrfs-control"];

t.test("Docker gives containers devices", { skip: unlessInstalled("docker") }, async (t) => {
  const docker = await Docker.start(t);
  const sh = (script: string, ...options: string[]) => docker.once(...options, IMAGE, "sh", "-c", script);

  await t.test("that the guest has as well, by the name that is asked for", async (t) => {
    const tap = ["--cap-add", "NET_ADMIN", "--device", "/dev/net/tun"];
    t.match(await sh("tunctl -t tap0 && ip link show tap0", ...tap), { status: 0, text: /tap0: </ });
    const zero = ["--device", "/dev/zero:/dev/nothing"];
    t.match(await sh("head -c 4 /dev/nothing | od -An -tx1", ...zero), { text: /^ +00 00 00 00$/ });
  });

  await t.test("for no more than they are allowed for", async (t) => {
    const ended = await sh("echo > /dev/mine", "--device", "/dev/fuse:/dev/mine:r");
    t.match(ended, { status: 1, stderr: /can't create \/dev\/mine: Operation not permitted/ });
  });

  await t.test("but never a disk of the host's", async (t) => {
    const disk = await docker.world.ok(["sh", "-c", FIND_DISK]);
    t.match(await sh("true", "--name", "disk", "--device", `${disk}:/dev/mine`), {
      status: 125,
      stderr: /device \/dev\/mine: \w+ is a block device of this host, which a VM doesn't have/,
    });
    t.equal(await docker.ok("ps", "--all", "--quiet"), "");
  });

  const missing = MISSING_IN_GUEST.find((path) => existsSync(path));
  const skip = missing === undefined && `this machine has none of ${MISSING_IN_GUEST.join(", ")}`;
  await t.test("nor one that the guest's kernel hasn't", { skip }, async (t) => {
    t.match(await sh("true", "--device", String(missing)), {
      status: 125,
      stderr: /device \/dev\/\S+: \S+ \(10:23.\) is a device of this host, and the VM has none by that number/,
    });
  });

  await t.test("all of them that the guest has where it is privileged, which works in the VM", async (t) => {
    const script = "mount -t tmpfs tmpfs /tmp && grep -c ' /tmp tmpfs' /proc/mounts; find /dev -type b; ls /dev/fuse";
    const ended = await sh(script, "--privileged");
    t.match(ended, { status: 0, text: "1\n/dev/fuse" }, "no block device");
    t.match(await sh("echo 1 > /proc/sys/net/ipv4/ip_forward && hostname other && hostname", "--privileged"), {
      text: "other",
    });
  });
});
