import t from "tap";
import { chooseVhostNet } from "../../../hypervisors/qemu/choose-vhost-net.js";

t.test("chooseVhostNet() follows the settings, whatever the machine has", async (t) => {
  for (const accelerator of ["kvm", "tcg"] as const) {
    t.equal(chooseVhostNet("on", accelerator, "/no/vhost-net"), true);
    t.equal(chooseVhostNet("off", accelerator, "/dev/null"), false);
  }
});

t.test("chooseVhostNet() takes by itself for guests in KVM what can be opened", async (t) => {
  t.equal(chooseVhostNet("auto", "kvm", "/dev/null"), true);
  t.equal(chooseVhostNet("auto", "kvm", "/no/vhost-net"), false);
  t.equal(chooseVhostNet("auto", "tcg", "/dev/null"), false);
});
