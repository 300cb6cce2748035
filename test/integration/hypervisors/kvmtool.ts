import { existsSync } from "node:fs";
import t from "tap";
import { findProgram } from "../../../hypervisors/common/find-program.js";
import { openDriver } from "../../../hypervisors/index.js";
import { TskataError } from "../../../src/common/error.js";
import { driverContract, nineP } from "../../hypervisors/contract.js";
import { ENCLOSURE } from "../../support/built-programs.js";

/** Why kvmtool can't be run on this machine; false where it can. */
async function lacking(): Promise<string | false> {
  const missing = (program: string): TskataError => new TskataError("not-found", `${program} is not on PATH`);
  try {
    await findProgram(process.env["TSKATA_LKVM"] ?? "lkvm", missing);
  } catch (error) {
    if (error instanceof TskataError) return error.message;
    throw error;
  }
  if (!existsSync("/dev/kvm")) return "this machine has no KVM";
  return existsSync("/dev/vhost-vsock") ? false : "this machine's kernel has no vhost-vsock";
}

t.test("the kvmtool driver keeps the contract with agents reached by vsock", { skip: await lacking() }, async (t) => {
  const driver = openDriver("kvmtool", {}, { enclosure: ENCLOSURE });
  const { findings } = await driver.probe();
  for (const { subject, level, detail } of findings) t.comment(`${subject}: ${level}: ${detail}`);
  await driverContract(t, { driver, shares: [nineP] });
});
