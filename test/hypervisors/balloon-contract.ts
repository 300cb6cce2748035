import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";
import type { Hypervisor } from "../../hypervisors/hypervisor.js";
import { pollUntil } from "../../src/common/poll-until.js";
import { PATIENCE } from "../support/patience.js";
import { bootGuest } from "./contract.js";
import { contractGuest } from "./fixtures/contract-guest.js";

const MIB = 1024 * 1024;
const BOOTED_MIB = 768;
const SMALL_MIB = 256;
/** How long a guest may take to do what it was told. */
const FOLLOWS_MS = 60_000 * PATIENCE;

/** What a driver with a `balloon` has to do, in a real VM: take memory that the guest has used, and give it back. */
export async function balloonContract(t: Test, driver: Hypervisor): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "contract-"));
  t.teardown(() => rm(directory, { recursive: true }));
  const guest = await contractGuest(directory);
  const { vm, channel } = await bootGuest(t, { driver, guest, directory }, { memoryBytes: BOOTED_MIB * MIB });
  const memoryMib = async (): Promise<number> => Math.round(Number(await channel.ask("memory")) / 1024);
  const until = async (mib: number): Promise<void> =>
    pollUntil(async () => (await memoryMib()) === mib, 1, AbortSignal.timeout(FOLLOWS_MS));
  const bootedMib = await memoryMib();
  for (let round = 0; round < 2; round += 1) {
    t.equal(await channel.ask(`touch ${600 * MIB}`), "touched");
    const touchedMs = performance.now();
    await vm.setMemory(SMALL_MIB * MIB);
    t.comment(`taken within ${Math.round(performance.now() - touchedMs)} ms`);
    t.equal((await vm.size()).memoryBytes, SMALL_MIB * MIB);
    await until(bootedMib - (BOOTED_MIB - SMALL_MIB));
    await vm.setMemory(BOOTED_MIB * MIB);
    t.equal((await vm.size()).memoryBytes, BOOTED_MIB * MIB);
    await until(bootedMib);
  }
  await t.rejects(vm.setMemory((BOOTED_MIB + 1) * MIB), { name: "TskataError", code: "unsupported" });
  await vm.stop();
  await t.rejects(vm.setMemory(SMALL_MIB * MIB), { name: "TskataError", code: "unavailable" });
}
