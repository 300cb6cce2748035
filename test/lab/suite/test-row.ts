import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";
import { openDriver } from "../../../hypervisors/index.js";
import { locateArtifacts } from "../../../src/host/config/locate-artifacts.js";
import { parseConfiguration } from "../../../src/host/config/parse-configuration.js";
import { withDefaults } from "../../../src/host/config/with-defaults.js";
import { driverOptions } from "../../../src/host/runtime/vm-settings.js";
import { driverContract, nineP } from "../../hypervisors/contract.js";
import {
  CONSOLE_RELAY,
  ENCLOSURE,
  FORK_CLIENT,
  FORK_SERVER,
  MEMORY_COPIER,
  MEMORY_PRELOAD,
  TAP_SENDER,
  DISK_SCRIPT,
  VIF_SCRIPT,
  VSOCK_PART,
} from "../../support/built-programs.js";
import { badLuck } from "./bad-luck.js";
import { benchmarks } from "./benchmarks.js";
import type { LabRow } from "./rows.js";
import { ociSmoke } from "./smoke.js";
import { vsockLoopback } from "./vsock-loopback.js";

type Group = (t: Test, row: LabRow) => Promise<void>;

/** Groups of tests of a way to run VMs, by name. */
const OF_VMS: Readonly<Record<string, Group>> = {
  contract: async (t, { config = "", inputBytes }) => {
    const configuration = withDefaults(parseConfiguration(config, "the row's configuration"));
    const { driver: name } = configuration.hypervisor;
    const { xenPvKernel } = locateArtifacts(configuration);
    const options = driverOptions(configuration);
    const xen = { ...options.xen, ...(xenPvKernel !== undefined && { pvKernel: xenPvKernel }) };
    const driver = openDriver(name, { ...options, xen }, PROGRAMS);
    await driverContract(t, {
      ...{ driver, shares: [nineP], tellsSignals: name !== "xen" },
      ...(inputBytes !== undefined && { inputBytes }),
    });
  },
  smoke: ociSmoke,
  benchmarks: (t, { config = "" }) => benchmarks(t, config),
  "bad-luck": badLuck,
};

/** Of what else a host has. */
const OF_HOST: Readonly<Record<string, Group>> = { vsock: vsockLoopback };

const PROGRAMS = {
  tapSender: TAP_SENDER,
  memoryCopier: MEMORY_COPIER,
  memoryPreload: MEMORY_PRELOAD,
  forkServer: FORK_SERVER,
  forkClient: FORK_CLIENT,
  enclosure: ENCLOSURE,
  consoleRelay: CONSOLE_RELAY,
  vifScript: VIF_SCRIPT,
  diskScript: DISK_SCRIPT,
  vsockPart: VSOCK_PART,
};

/** Runs groups of tests on one kind of VM; their outcome is TAP on standard output. */
export async function testRow(row: LabRow, groups: readonly string[]): Promise<void> {
  // Not before it is known that tests are wanted: tap writes its plan where it is loaded.
  const { default: t } = await import("tap");
  // Made once, for all that the row starts.
  const templates = mkdtempSync(join(tmpdir(), "templates-"));
  chmodSync(templates, 0o711);
  process.env["TSKATA_TEST_TEMPLATES"] = templates;
  t.teardown(() => rmSync(templates, { recursive: true, force: true }));
  const known = row.config === undefined ? OF_HOST : OF_VMS;
  for (const group of groups) {
    const run = known[group];
    if (run !== undefined) await t.test(group, (t) => run(t, row));
  }
}
