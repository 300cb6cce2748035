import t from "tap";
import { automaticDriver } from "../../hypervisors/automatic-driver.js";
import type { Habitat, KnownDriver } from "../../hypervisors/known-drivers.js";

/** A machine of some kind, and how often it was looked for. */
function habitat(place: string, isHere: boolean): Habitat & { looks(): number } {
  let looks = 0;
  const look = (): boolean => {
    looks += 1;
    return isHere;
  };
  return { place, isHere: look, looks: () => looks };
}

t.test("automaticDriver() takes the driver whose machine this is, and looks once", (t) => {
  const dom0 = habitat("a Xen dom0", true);
  const drivers: Record<string, KnownDriver> = {
    usual: { automatic: "elsewhere" },
    other: {},
    xen: { automatic: dom0 },
  };
  t.strictSame(automaticDriver(drivers), { driver: "xen", reason: "automatic: this is a Xen dom0" });
  t.equal(dom0.looks(), 1);
  t.end();
});

t.test("automaticDriver() takes the driver for all other machines, and never one that has to be asked for", (t) => {
  const xen = { automatic: habitat("a Xen dom0", false) };
  const drivers: Record<string, KnownDriver> = { other: {}, xen, usual: { automatic: "elsewhere" } };
  t.strictSame(automaticDriver(drivers), { driver: "usual", reason: "automatic: this is no Xen dom0" });
  const alone: Record<string, KnownDriver> = { other: {}, usual: { automatic: "elsewhere" } };
  t.strictSame(automaticDriver(alone), {
    driver: "usual",
    reason: "automatic: it is the one for every machine",
  });
  t.end();
});

t.test("automaticDriver() says what to do where none is for this machine", (t) => {
  const two = { xen: { automatic: habitat("a Xen dom0", false) }, b: { automatic: habitat("an old machine", false) } };
  t.throws(() => automaticDriver(two), {
    code: "unsupported",
    message:
      "no hypervisor driver is taken by itself on this machine: this is no Xen dom0 and no old machine; " +
      "name one of xen, b (hypervisor.driver, --hypervisor)",
  });
  t.end();
});

t.test("automaticDriver() has one for every machine", (t) => {
  t.match(automaticDriver(), { driver: /^[a-z]+$/, reason: /^automatic: / });
  t.end();
});
