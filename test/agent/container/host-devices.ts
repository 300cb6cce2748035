import t, { type Test } from "tap";
import { withoutForeignDevices } from "../../../src/agent/container/host-devices.js";
import type { Spec } from "../../../src/oci/config.js";
import type { LinuxDeviceCgroup } from "../../../src/oci/linux-resources.js";

const FUSE = { type: "c", path: "/dev/myfuse", major: 10, minor: 229 } as const;
const KVM = { type: "c", path: "/dev/kvm", major: 10, minor: 232n } as const;
const VSOCK = { type: "u", path: "/dev/vsock", major: 10, minor: 258 } as const;
const OWN = { type: "c", path: "/dev/own", major: 10, minor: 666 } as const;
const HOST_DEVICES = { 0: "fuse", 1: "kvm", 2: "vsock" };
const ALL: readonly LinuxDeviceCgroup[] = [{ allow: true, access: "rwm" }];

/** A guest that has fuse, no KVM, and a clock by the number that is the host's vsock. */
function sysfs(t: Test): string {
  return t.testdir({
    dev: { char: { "10:229": { uevent: "DEVNAME=fuse\n" }, "10:258": { uevent: "DEVNAME=ptp0\n" } } },
  });
}

function spec(devices: NonNullable<Spec["linux"]>["devices"], rules: readonly LinuxDeviceCgroup[] = []): Spec {
  return { ociVersion: "1.0.2", linux: { devices: devices ?? [], resources: { devices: rules } } };
}

t.test(
  "withoutForeignDevices() keeps what host and guest have in common, and what is no device of the host's",
  async (t) => {
    const asked = spec([FUSE, OWN]);
    t.same(withoutForeignDevices(asked, { 0: "fuse" }, sysfs(t)), asked);
    t.equal(withoutForeignDevices(asked, {}), asked);
    t.same(withoutForeignDevices({ ociVersion: "1.0.2" }, { 0: "fuse" }), { ociVersion: "1.0.2" });
  },
);

t.test("withoutForeignDevices() refuses a device that the guest hasn't", async (t) => {
  t.throws(() => withoutForeignDevices(spec([FUSE, KVM]), HOST_DEVICES, sysfs(t)), {
    code: "unsupported",
    message: "device /dev/kvm: kvm (10:232) is a device of this host, and the VM has none by that number; leave it out",
  });
});

t.test("withoutForeignDevices() refuses a device whose number is another's in the guest", async (t) => {
  t.throws(() => withoutForeignDevices(spec([VSOCK]), { 0: "vsock" }, sysfs(t)), {
    code: "unsupported",
    message: /^device \/dev\/vsock: vsock \(10:258\) .* the VM has ptp0 instead by that number/,
  });
});

t.test("withoutForeignDevices() leaves such devices out of a privileged container", async (t) => {
  const { linux } = withoutForeignDevices(spec([FUSE, KVM, VSOCK, OWN], ALL), HOST_DEVICES, sysfs(t));
  t.same(linux?.devices, [FUSE, OWN]);
});
