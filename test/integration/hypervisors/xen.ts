import t from "tap";
import { openDriver } from "../../../hypervisors/index.js";
import { isDom0 } from "../../../hypervisors/xen/is-dom0.js";
import { locateArtifacts } from "../../../src/host/config/locate-artifacts.js";
import { driverContract, nineP } from "../../hypervisors/contract.js";
import { DISK_SCRIPT, VIF_SCRIPT } from "../../support/built-programs.js";

const { xenPvKernel: pvKernel } = locateArtifacts({ guest: {} });
/** Lines for the domains' configurations, parted by semicolons: machines that are emulated need some. */
const extraConfig = (process.env["TSKATA_TEST_XEN_CONFIG"] ?? "").split(";").filter((line) => line !== "");

for (const guest of ["pvh", "pv"] as const) {
  const lacksKernel = guest === "pv" && pvKernel === undefined ? "no kernel for PV guests was built" : false;
  t.test(
    `the Xen driver keeps the contract with ${guest.toUpperCase()} guests`,
    { skip: isDom0() ? lacksKernel : "this system is not Xen's domain 0" },
    async (t) => {
      const xen = { guest, extraConfig, ...(pvKernel !== undefined && { pvKernel }) };
      const driver = openDriver("xen", { xen }, { vifScript: VIF_SCRIPT, diskScript: DISK_SCRIPT });
      const { findings } = await driver.probe();
      for (const { subject, level, detail } of findings) t.comment(`${subject}: ${level}: ${detail}`);
      await driverContract(t, { driver, shares: [nineP], tellsSignals: false });
    },
  );
}
