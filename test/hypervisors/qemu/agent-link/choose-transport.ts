import { join } from "node:path";
import t from "tap";
import { chooseTransport } from "../../../../hypervisors/qemu/agent-link/choose-transport.js";

t.test("chooseTransport() takes vsock for guests in KVM where the host has it", async (t) => {
  const directory = t.testdir({ device: "" });
  const [there, missing] = [join(directory, "device"), join(directory, "none")];
  t.equal(chooseTransport("auto", "kvm", there), "vsock");
  t.equal(chooseTransport("auto", "kvm", missing), "serial");
  t.equal(chooseTransport("auto", "tcg", there), "serial");
});

t.test("chooseTransport() follows the settings, whatever there is", async (t) => {
  t.equal(chooseTransport("vsock", "tcg", "/nonexistent"), "vsock");
  t.equal(chooseTransport("serial", "kvm", "/dev/null"), "serial");
  t.equal(chooseTransport("vhost-user-vsock", "kvm", "/dev/null"), "vhost-user-vsock");
});
