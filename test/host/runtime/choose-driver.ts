import t from "tap";
import type { ConfigurationFile } from "../../../src/host/config/configuration-file.js";
import { withDefaults } from "../../../src/host/config/with-defaults.js";
import { chooseDriver, type DriverWishes } from "../../../src/host/runtime/choose-driver.js";

const MACHINES = { driver: "machines-own", reason: "automatic: it fits" };

/** What is asked for, on a machine that has a driver of its own. */
function wishes(hypervisor: ConfigurationFile["hypervisor"] = {}, option?: string): DriverWishes {
  return { config: withDefaults({ hypervisor }), hypervisor: option, automatic: () => MACHINES };
}

/** A container that asks for a driver. */
function asking(name: string) {
  return { annotations: { "io.tskata.hypervisor": name } };
}

t.test("chooseDriver() has the machine decide where nobody asks for a driver", async (t) => {
  t.strictSame(chooseDriver(wishes()), MACHINES);
  t.strictSame(chooseDriver(wishes(), { annotations: { "org.example": "qemu" } }), MACHINES);
});

t.test("chooseDriver() takes the option before the annotation, and that before the configuration", async (t) => {
  const configured = { driver: "qemu", allowed_by_annotation: ["qemu"] } as const;
  t.strictSame(chooseDriver(wishes(configured)), {
    driver: "qemu",
    reason: "hypervisor.driver of the configuration",
  });
  const annotated = { driver: "qemu", reason: "annotation io.tskata.hypervisor" };
  t.strictSame(chooseDriver(wishes(configured), asking("qemu")), annotated);
  t.strictSame(chooseDriver(wishes({ allowed_by_annotation: ["qemu"] }), asking("qemu")), annotated);
  t.strictSame(chooseDriver(wishes(configured, "qemu"), asking("none-such")), {
    driver: "qemu",
    reason: "--hypervisor",
  });
});

t.test("chooseDriver() has the machine decide where the option says so, whatever is configured", async (t) => {
  t.strictSame(chooseDriver(wishes({ driver: "qemu" }, "auto"), asking("qemu")), MACHINES);
});

t.test(
  "chooseDriver() refuses an annotation that the configuration doesn't allow, and says by what it is",
  async (t) => {
    for (const driver of ["auto", "qemu"] as const) {
      t.throws(() => chooseDriver(wishes({ driver }), asking("qemu")), {
        code: "permission",
        message:
          "config.json's annotation io.tskata.hypervisor asks for the hypervisor 'qemu', which the configuration " +
          'doesn\'t allow: allowed are none; set hypervisor.allowed_by_annotation = ["qemu"], or remove the annotation',
      });
    }
  },
);

t.test("chooseDriver() refuses an annotation that names no driver", async (t) => {
  for (const name of ["", "auto", "QEMU", "toString"]) {
    t.throws(() => chooseDriver(wishes({ allowed_by_annotation: ["qemu"] }), asking(name)), {
      code: "invalid-argument",
      message: new RegExp(
        `asks for the hypervisor '${name}', which there isn't: known are qemu.*allowed are qemu \\(hyp`,
      ),
    });
  }
});
