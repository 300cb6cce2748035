import { existsSync } from "node:fs";
import t from "tap";
import { findProgram } from "../../../hypervisors/common/find-program.js";
import { openDriver } from "../../../hypervisors/index.js";
import { TskataError } from "../../../src/common/error.js";
import { balloonContract } from "../../hypervisors/balloon-contract.js";
import { driverContract, nineP } from "../../hypervisors/contract.js";
import { CONSOLE_RELAY, ENCLOSURE } from "../../support/built-programs.js";

/** Why kvmtool can't be run on this machine; false where it can. */
async function lacking(devices: readonly string[]): Promise<string | false> {
  const notThere = (program: string): TskataError => new TskataError("not-found", `${program} is not on PATH`);
  try {
    await findProgram(process.env["TSKATA_LKVM"] ?? "lkvm", notThere);
  } catch (error) {
    if (error instanceof TskataError) return error.message;
    throw error;
  }
  const missing = devices.filter((device) => !existsSync(device));
  return missing.length === 0 ? false : `this machine has no ${missing.join(" and no ")}`;
}

for (const { transport, devices, inputBytes } of [
  { transport: "vsock", devices: ["/dev/kvm", "/dev/vhost-vsock"], inputBytes: undefined },
  // lkvm takes a byte at a time
  { transport: "console", devices: ["/dev/kvm"], inputBytes: 100_000 },
] as const) {
  t.test(
    `the kvmtool driver keeps the contract with agents reached by ${transport}`,
    { skip: await lacking(devices) },
    async (t) => {
      const kvmtool = { agentTransport: transport };
      const driver = openDriver("kvmtool", { kvmtool }, { enclosure: ENCLOSURE, consoleRelay: CONSOLE_RELAY });
      const { findings } = await driver.probe();
      for (const { subject, level, detail } of findings) t.comment(`${subject}: ${level}: ${detail}`);
      await driverContract(t, { driver, shares: [nineP], ...(inputBytes !== undefined && { inputBytes }) });
    },
  );
}

t.test(
  "the kvmtool driver takes memory by a balloon and gives it back",
  { skip: await lacking(["/dev/kvm", "/dev/vhost-vsock"]) },
  async (t) => {
    await balloonContract(t, openDriver("kvmtool", { kvmtool: { balloon: true } }, { enclosure: ENCLOSURE }));
  },
);
