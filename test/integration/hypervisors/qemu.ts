import { existsSync } from "node:fs";
import { chown } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { HostUser, ShareDevice } from "../../../hypervisors/hypervisor.js";
import { findBinary } from "../../../hypervisors/qemu/binary.js";
import { openDriver } from "../../../hypervisors/index.js";
import { findVirtiofsd, startVirtiofsd } from "../../../src/host/resource/virtiofsd.js";
import { driverContract, nineP } from "../../hypervisors/contract.js";
import {
  FORK_CLIENT,
  FORK_SERVER,
  MEMORY_COPIER,
  MEMORY_PRELOAD,
  TAP_SENDER,
  VIRTIOFSD_PRELOAD,
} from "../../support/built-programs.js";

const TAG = "contract";
const PROGRAMS = { tapSender: TAP_SENDER, memoryCopier: MEMORY_COPIER, memoryPreload: MEMORY_PRELOAD };
const virtiofsd = findVirtiofsd();

function virtiofs(binary: string, user: HostUser | undefined) {
  return async (t: Test, sharedDirectory: string, runDirectory: string): Promise<ShareDevice> => {
    if (user !== undefined) await chown(runDirectory, user.uid, user.gid);
    const socketPath = join(runDirectory, "virtiofs.sock");
    const server = await startVirtiofsd({
      binary,
      preload: VIRTIOFSD_PRELOAD,
      sharedDirectory,
      socketPath,
      ...(user && { socketOwner: user }),
    });
    t.teardown(() => server.stop());
    return { kind: "virtiofs", tag: TAG, socketPath };
  };
}

/** Why agents can't be reached that way on this machine; false where they can. */
const LACKING = {
  vsock: existsSync("/dev/vhost-vsock") ? false : "this machine's kernel has no vhost-vsock",
  "vhost-user-vsock": await findBinary("vhost-device-vsock").then(
    () => false as const,
    () => "vhost-device-vsock is not on PATH",
  ),
} as const;

for (const agentTransport of ["vsock", "vhost-user-vsock"] as const) {
  t.test(
    `the QEMU driver keeps the contract with agents reached by ${agentTransport}`,
    { skip: LACKING[agentTransport] },
    async (t) => {
      const driver = openDriver("qemu", { qemu: { agentTransport } }, PROGRAMS);
      await driverContract(t, { driver, shares: [nineP] });
    },
  );
}

for (const [machine, programs, templates] of [
  ["q35", { ...PROGRAMS, forkServer: FORK_SERVER, forkClient: FORK_CLIENT }, "that are forked"],
  ["q35", PROGRAMS, "that are files"],
  ["microvm", PROGRAMS, "that it doesn't have"],
] as const) {
  t.test(`the QEMU driver keeps the contract on machine ${machine}, with templates ${templates}`, async (t) => {
    const driver = openDriver("qemu", { qemu: { machine } }, programs);
    const { findings } = await driver.probe();
    for (const { subject, level, detail } of findings) t.comment(`${subject}: ${level}: ${detail}`);
    const shares = virtiofsd === undefined ? [nineP] : [nineP, virtiofs(virtiofsd, driver.vmmUser)];
    await driverContract(t, { driver, shares });
  });
}
