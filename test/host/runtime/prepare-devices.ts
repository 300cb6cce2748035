import t, { type Test } from "tap";
import { prepareDevices } from "../../../src/host/runtime/prepare-devices.js";
import type { Spec } from "../../../src/oci/config.js";
import type { Linux } from "../../../src/oci/linux.js";

const DISK = { type: "b", path: "/dev/disk", major: 254, minor: 0 } as const;
const FUSE = { type: "c", path: "/dev/fuse", major: 10, minor: 229 } as const;
const NOBODYS = { type: "b", path: "/dev/nobodys", major: 4000, minor: 1n } as const;
const PIPE = { type: "p", path: "/dev/pipe" } as const;

function sysfs(t: Test): string {
  return t.testdir({
    dev: {
      char: { "10:229": { uevent: "MAJOR=10\nMINOR=229\nDEVNAME=fuse\n" } },
      block: { "254:0": { uevent: "MAJOR=254\nMINOR=0\nDEVNAME=vda\n" } },
    },
  });
}

function spec(linux: Linux): Spec {
  return { ociVersion: "1.0.2", linux };
}

t.test("prepareDevices() refuses a disk of the host's", async (t) => {
  const rules = [{ allow: true, type: "b", major: 254, minor: 0, access: "rwm" }] as const;
  const asked = spec({ devices: [FUSE, DISK], resources: { devices: rules } });
  t.throws(() => prepareDevices(asked, sysfs(t)), {
    code: "unsupported",
    message: /^device \/dev\/disk: vda is a block device of this host, which a VM doesn't have; .*share a directory$/,
  });
});

t.test("prepareDevices() leaves a privileged container's disks out", async (t) => {
  const asked = spec({ devices: [DISK, PIPE, FUSE], resources: { devices: [{ allow: true, access: "rwm" }] } });
  t.same(prepareDevices(asked, sysfs(t)), { devices: [PIPE, FUSE], hostDevices: { 1: "fuse" } });
});

t.test("prepareDevices() takes what isn't the host's as it is", async (t) => {
  t.same(prepareDevices(spec({ devices: [NOBODYS, PIPE] }), sysfs(t)), { devices: [NOBODYS, PIPE], hostDevices: {} });
  t.same(prepareDevices(spec({})), { devices: [], hostDevices: {} });
  t.same(prepareDevices({ ociVersion: "1.0.2" }), { devices: [], hostDevices: {} });
});
