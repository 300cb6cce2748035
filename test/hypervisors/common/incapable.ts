import t from "tap";
import { CAPABLE_DRIVERS } from "../../../hypervisors/common/capable-drivers.js";
import { incapable } from "../../../hypervisors/common/incapable.js";
import { CAPABILITIES, type Capability } from "../../../hypervisors/hypervisor.js";
import { openDriver } from "../../../hypervisors/index.js";
import { driverNames } from "../../../hypervisors/known-drivers.js";

t.test("incapable() says what was asked, what the driver can't do, and which others can", async (t) => {
  const whoCan = (names: readonly string[]): string =>
    incapable("b", "hotplug-nic", "linux.netDevices", { ...CAPABLE_DRIVERS, "hotplug-nic": names }).message;
  const can = "linux.netDevices: the b driver can't plug network cards into a VM that runs; ";
  t.equal(whoCan(["a", "c"]), `${can}driver a and driver c can (hypervisor.driver)`);
  t.equal(whoCan(["b", "a"]), `${can}driver a can (hypervisor.driver)`);
  t.equal(whoCan(["b"]), `${can}no other driver can`);
  t.match(incapable("b", "balloon", "it").message, /; driver kvmtool with kvmtool\.balloon = true can \(/);
  t.match(incapable("b", "pause", "pause the VM"), { name: "TskataError", code: "unsupported" });
});

t.test("CAPABLE_DRIVERS are those of the drivers' own capabilities", async (t) => {
  const drivers = driverNames.map((name) => openDriver(name));
  const own = Object.keys(CAPABILITIES).map((capability) => [
    capability,
    drivers.filter(({ capabilities }) => capabilities.has(capability as Capability)).map(({ name }) => name),
  ]);
  t.strictSame(CAPABLE_DRIVERS, Object.fromEntries(own));
});

t.test("every driver refuses what isn't among its capabilities, and nothing else", async (t) => {
  for (const driver of driverNames.map((name) => openDriver(name))) {
    for (const capability of Object.keys(CAPABILITIES) as Capability[]) {
      const ask = (): void => driver.require(capability, "do it");
      if (driver.capabilities.has(capability)) t.doesNotThrow(ask, `${driver.name} ${capability}`);
      else t.throws(ask, { code: "unsupported", message: /^do it: / }, `${driver.name} ${capability}`);
    }
  }
});
