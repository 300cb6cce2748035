import t from "tap";
import { openDriver } from "../../hypervisors/index.js";
import { driverNames } from "../../hypervisors/known-drivers.js";

t.test("openDriver() opens each driver that it names", (t) => {
  for (const name of driverNames) t.equal(openDriver(name).name, name);
  t.end();
});

t.test("openDriver() refuses other names", (t) => {
  for (const name of ["", "toString", "QEMU"]) {
    t.throws(() => openDriver(name), { name: "TskataError", code: "invalid-argument", message: /known are qemu/ });
  }
  t.end();
});

t.test("openDriver() hands each driver its own settings", (t) => {
  t.throws(() => openDriver("qemu", { qemu: { user: "no-such-user" } }), { code: "not-found" });
  t.end();
});
