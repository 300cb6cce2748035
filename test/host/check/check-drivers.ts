import t from "tap";
import type { DriverProbe, ProbeFinding } from "../../../hypervisors/hypervisor.js";
import { TskataError } from "../../../src/common/error.js";
import { checkDrivers } from "../../../src/host/check/check-drivers.js";

const FINE: ProbeFinding = { subject: "program", level: "ok", detail: "1.0" };
const SLOW: ProbeFinding = { subject: "speed", level: "warning", detail: "slow" };
const LACKING: ProbeFinding = { subject: "program", level: "missing", detail: "not in PATH", remedy: "install it" };

/** Drivers by what they find out, or fail with. */
function drivers(probes: Readonly<Record<string, DriverProbe | Error>>) {
  const open = (name: string) => ({
    probe: async (): Promise<DriverProbe> => {
      const probe = probes[name];
      if (probe === undefined || probe instanceof Error) throw probe ?? new Error(`no driver ${name}`);
      return probe;
    },
  });
  return [Object.keys(probes), open] as const;
}

t.test("checkDrivers() is content with the driver that is used, and notes what others lack", async (t) => {
  const choice = { driver: "b", reason: "automatic: this is a Xen dom0" };
  const probes = {
    a: { usable: false, findings: [LACKING, SLOW, FINE] },
    b: { usable: true, findings: [FINE, SLOW] },
  };
  t.strictSame(await checkDrivers(() => choice, ...drivers(probes)), {
    hypervisor: choice,
    usable: true,
    findings: [
      { subject: "hypervisor", level: "ok", detail: "b (automatic: this is a Xen dom0)" },
      { driver: "b", ...FINE },
      { driver: "b", ...SLOW },
      { driver: "a", ...LACKING, level: "note" },
      { driver: "a", ...SLOW, level: "note" },
      { driver: "a", ...FINE },
    ],
  });
});

t.test("checkDrivers() isn't content where another driver than the one that is used works", async (t) => {
  const probes = { a: { usable: false, findings: [LACKING] }, b: { usable: true, findings: [FINE] } };
  t.match(await checkDrivers(() => ({ driver: "a", reason: "--hypervisor" }), ...drivers(probes)), {
    usable: false,
    findings: [
      { detail: "a (--hypervisor)" },
      { driver: "a", level: "missing", remedy: "install it" },
      { driver: "b" },
    ],
  });
});

t.test("checkDrivers() tells of a driver that can't be tried, and of a machine that has none", async (t) => {
  const failure = new TskataError("not-found", "the host has no user 'x'");
  const probes = drivers({ a: failure, b: { usable: true, findings: [FINE] } });
  t.match(await checkDrivers(() => ({ driver: "b", reason: "it works" }), ...probes), {
    usable: true,
    findings: [{}, { driver: "b" }, { driver: "a", subject: "a", level: "note", detail: "the host has no user 'x'" }],
  });
  t.match(await checkDrivers(() => ({ driver: "a", reason: "it doesn't" }), ...probes), {
    usable: false,
    findings: [{}, { driver: "a", level: "missing" }, { driver: "b" }],
  });
  const none = (): never => {
    throw new TskataError("unsupported", "no driver is for this machine");
  };
  t.match(await checkDrivers(none, ...probes), {
    hypervisor: undefined,
    usable: false,
    findings: [{ subject: "hypervisor", level: "missing", detail: "no driver is for this machine" }, {}, {}],
  });
});

t.test("checkDrivers() passes faults of ours on", async (t) => {
  const choice = (): { driver: string; reason: string } => ({ driver: "a", reason: "" });
  await t.rejects(checkDrivers(choice, ...drivers({ a: new TypeError("oops") })), new TypeError("oops"));
});
