import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import {
  chmod,
  type FileHandle,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Test } from "tap";
import type {
  Disk,
  Hypervisor,
  NetworkCard,
  ShareDevice,
  VirtualMachine,
  VmSpec,
} from "../../hypervisors/hypervisor.js";
import { withDeadline } from "../../src/common/deadline.js";
import { TestNetwork } from "../support/test-network.js";
import { contractGuest, type ContractGuest } from "./fixtures/contract-guest.js";
import { LineChannel } from "./fixtures/line-channel.js";

/** A driver under test. */
export interface ContractSubject {
  readonly driver: Hypervisor;
  /** Offers a directory of the host to the guest, for each kind of share that the driver has; undone by the test. */
  readonly shares?: readonly ((t: Test, directory: string, runDirectory: string) => Promise<ShareDevice>)[];
  /** Whether the VMM is a child of this process, who hears what signal ended it. Default true. */
  readonly tellsSignals?: boolean;
  /** How many bytes the guest is sent by the agent's channel. Default 3 MiB and 17. */
  readonly inputBytes?: number;
}

const MIB = 1024 * 1024;
const TAG = "contract";

/** Offers a directory by the VMM's own 9p server, for `ContractSubject.shares`. */
export async function nineP(_t: Test, directory: string): Promise<ShareDevice> {
  return { kind: "nine-p", tag: TAG, directory };
}

/** In which a guest that is not halted would have answered a hundred times. */
const HALTED_MS = 200;

/** A booted contract guest that said "ready". */
export interface Guest {
  readonly vm: VirtualMachine;
  readonly channel: LineChannel;
  readonly spec: VmSpec;
}

/**
 * What every driver has to do, in real VMs: boot, carry bytes, halt and go on,
 * tell each way in which a VM ends, stop, and leave nothing behind.
 */
export async function driverContract(t: Test, subject: ContractSubject): Promise<void> {
  const { driver } = subject;
  const directory = await mkdtemp(join(tmpdir(), "contract-"));
  t.teardown(() => rm(directory, { recursive: true }));
  const guest = await contractGuest(directory);
  const boot = (t: Test, change: Partial<VmSpec> = {}, signal?: AbortSignal): Promise<Guest> =>
    bootGuest(t, { driver, guest, directory }, change, signal);
  // What Node opens once, such as its thread pool's descriptors, is open from here on.
  await (await boot(t)).vm.stop();
  const before = await traces();

  await t.test("boot() starts a guest with the memory and processors that were asked for", async (t) => {
    const { vm, channel } = await boot(t, { memoryBytes: 192 * MIB, vcpus: 2 });
    const { spawnedMs, controlReadyMs, runningMs } = vm.bootMarks;
    t.ok(spawnedMs < controlReadyMs && controlReadyMs <= runningMs);
    t.equal(await channel.ask("cpus"), "2");
    const memoryKib = Number(await channel.ask("memory"));
    t.ok(memoryKib > 150 * 1024 && memoryKib <= 192 * 1024, `${memoryKib} KiB`);
    await vm.stop();
  });

  await t.test("the agent's channel carries any bytes both ways, unchanged", async (t) => {
    const { vm, channel } = await boot(t);
    const sent = randomBytes(subject.inputBytes ?? 3 * MIB + 17);
    channel.send(Buffer.concat([Buffer.from(`echo ${sent.length}\n`), sent]));
    const digest = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
    t.equal(digest(await channel.bytes(sent.length)), digest(sent));
    await vm.stop();
  });

  if (driver.capabilities.has("pause")) {
    await t.test("pause() halts the guest and resume() lets it go on", async (t) => {
      const { vm, channel } = await boot(t);
      await vm.pause();
      let resumed = false;
      const answer = channel.ask("cpus").then(() => resumed);
      await delay(HALTED_MS);
      resumed = true;
      await vm.resume();
      t.equal(await answer, true, "the answer came after resume()");
      await vm.stop();
    });
  }

  const largest = { vcpus: 2, memoryBytes: 1024 * MIB };
  const refusal = { name: "TskataError", code: "unsupported" };

  await t.test("size() is what the VM was booted with", async (t) => {
    const { vm } = await boot(t, { memoryBytes: 192 * MIB, vcpus: 2, largest });
    t.strictSame(await vm.size(), { memoryBytes: 192 * MIB, vcpus: 2 });
    await vm.stop();
  });

  if (driver.capabilities.has("hotplug-memory")) {
    await t.test("setMemory() gives a running guest memory and takes it back, as far as there is room", async (t) => {
      const { vm, channel } = await boot(t, { largest });
      const memoryKib = async (): Promise<number> => Number(await channel.ask("memory"));
      const bootKib = await memoryKib();
      for (let round = 0; round < 2; round += 1) {
        await vm.setMemory(768 * MIB);
        t.equal((await vm.size()).memoryBytes, 768 * MIB);
        t.equal((await memoryKib()) - bootKib, 512 * 1024);
        await vm.setMemory(256 * MIB);
        t.equal((await vm.size()).memoryBytes, 256 * MIB);
        t.equal(await memoryKib(), bootKib);
      }
      await t.rejects(vm.setMemory(2048 * MIB), refusal);
      await vm.stop();
      await t.rejects(vm.setMemory(768 * MIB), { name: "TskataError", code: "unavailable" });
    });
  } else {
    await t.test("setMemory() is unsupported", async (t) => {
      const { vm } = await boot(t, { largest });
      await t.rejects(vm.setMemory(768 * MIB), refusal);
      await vm.stop();
    });
  }

  if (driver.capabilities.has("hotplug-cpu")) {
    await t.test("setVcpus() gives a running guest processors, as far as there is room", async (t) => {
      const { vm, channel } = await boot(t, { largest });
      await vm.setVcpus(2);
      t.equal((await vm.size()).vcpus, 2);
      t.equal(await channel.ask("cpus"), "1", "whether it uses them is for its agent to say");
      await t.rejects(vm.setVcpus(3), refusal);
      await vm.stop();
    });
  } else {
    await t.test("setVcpus() is unsupported", async (t) => {
      const { vm } = await boot(t, { largest });
      await t.rejects(vm.setVcpus(2), refusal);
      await vm.stop();
    });
  }

  if (driver.capabilities.has("hotplug-nic")) {
    await t.test("plugNetworkCard() gives a running guest cards, whose taps go with the VM", async (t) => {
      const network = await TestNetwork.make(t);
      const { vm, channel } = await boot(t, { networkCards: 2 });
      for (const number of [1, 2]) {
        const address = await vm.plugNetworkCard(networkCard(number, network.path));
        t.equal(await channel.ask(`card ${address}`), "found");
      }
      t.strictSame(Object.keys(network.devices()), ["tap1-contract", "tap2-contract"]);
      await t.rejects(vm.plugNetworkCard(networkCard(3, network.path)), refusal);
      await vm.unplugNetworkCard("nic1");
      t.strictSame(Object.keys(network.devices()), ["tap2-contract"]);
      await t.rejects(vm.unplugNetworkCard("nic1"), { code: "not-found" });
      const address = await vm.plugNetworkCard(networkCard(3, network.path));
      t.equal(await channel.ask(`card ${address}`), "found");
      await vm.stop();
      t.strictSame(Object.keys(network.devices()), []);
      await network.end();
    });
  } else {
    await t.test("plugNetworkCard() is unsupported", async (t) => {
      const { vm } = await boot(t);
      await t.rejects(vm.plugNetworkCard(networkCard(1, "/nonexistent")), refusal);
      await vm.stop();
    });
  }

  if (driver.capabilities.has("hotplug-disk")) {
    await t.test("plugDisk() gives a running guest disks, whose files may go", async (t) => {
      const disk = async (id: string): Promise<Disk & { readonly handle: FileHandle }> => {
        const path = join(directory, `${id}.disk`);
        const handle = await open(path, "wx+", 0o600);
        t.teardown(() => handle.close());
        await handle.write(`begins-with-${id}`);
        await handle.truncate(MIB);
        return { id, path, handle };
      };
      const { vm, channel } = await boot(t, { disks: 2 });
      const [first, second, third] = [await disk("disk1"), await disk("disk2"), await disk("disk3")];
      const use = async ({ id, path, handle }: Awaited<ReturnType<typeof disk>>): Promise<void> => {
        await vm.plugDisk({ id, path });
        await rm(path);
        t.equal(await channel.ask(`disk begins-with-${id}`), "written");
        t.equal((await handle.read(Buffer.alloc(10), 0, 10, 4096)).buffer.toString(), "hello host");
      };
      await use(first);
      await use(second);
      await t.rejects(vm.plugDisk(third), refusal);
      await vm.unplugDisk("disk1");
      await t.rejects(vm.unplugDisk("disk1"), { code: "not-found" });
      await use(third);
      await vm.unplugDisk("disk3");
      await t.rejects(vm.plugDisk({ id: "none", path: first.path }), { code: "unavailable" });
      await vm.stop();
    });
  } else {
    await t.test("plugDisk() is unsupported", async (t) => {
      const { vm } = await boot(t);
      await t.rejects(vm.plugDisk({ id: "disk1", path: "/nonexistent" }), refusal);
      await t.rejects(vm.unplugDisk("disk1"), { name: "TskataError", code: /^(unsupported|not-found)$/ });
      await vm.stop();
    });
  }

  if (driver.capabilities.has("template")) {
    await t.test("capture() keeps a VM, from which others start where it was, each by itself", async (t) => {
      const template = await mkdtemp(join(directory, "template-"));
      const { vm, channel, spec } = await boot(t, {
        start: { kind: "to-capture", directory: template },
        sharePorts: 1,
      });
      t.equal(await channel.ask("cpus"), "1");
      const { pid } = await vm.capture();
      t.teardown(() => release(template, pid));
      t.strictSame(await vm.exited, { kind: "stopped" });
      const before = await contentsOf(template);
      for (const memory of ["private", "copied"] as const) {
        const start = { kind: "template", directory: template, memory } as const;
        const clones = await Promise.all([driver.boot({ ...spec, start }), driver.boot({ ...spec, start })]);
        for (const clone of clones) t.teardown(() => clone.stop());
        for (const clone of clones) {
          const each = new LineChannel(await clone.openAgentChannel());
          each.send(`echo ${4 * MIB}\n`);
          each.send(Buffer.alloc(4 * MIB, memory));
          t.ok((await each.bytes(4 * MIB)).equals(Buffer.alloc(4 * MIB, memory)));
          t.equal(await each.ask("cpus"), "1");
        }
        const [killed, stopped] = clones;
        process.kill(killed.hostPids.at(-1) ?? 0, "SIGKILL");
        t.match(await killed.exited, { kind: "vmm-died" });
        await stopped.stop();
        for (const { hostPids } of clones) for (const pid of hostPids) t.notOk(existsSync(`/proc/${pid}/exe`));
      }
      t.strictSame(await contentsOf(template), before);
      for (const name of await readdir(template)) {
        const status = await stat(join(template, name));
        t.equal(status.mode & 0o222 & ~(status.isSocket() ? 0o200 : 0), 0, "nobody else writes to it");
        t.equal(status.uid, process.getuid?.());
      }
    });

    await t.test("capture() is refused by a VM that was not started for it", async (t) => {
      const { vm } = await boot(t);
      await t.rejects(vm.capture(), { name: "TskataError", code: "failed-precondition" });
      await vm.stop();
    });

    await t.test("boot() from what is no template fails, and leaves nothing", async (t) => {
      const template = await mkdtemp(join(directory, "template-"));
      for (const memory of ["private", "copied"] as const) {
        const start = { kind: "template", directory: template, memory } as const;
        await t.rejects(boot(t, { start }), { name: "TskataError", code: "not-found" });
        await writeFile(join(template, "state"), "no such thing");
        await writeFile(join(template, "memory"), "m");
        await t.rejects(boot(t, { start }), { name: "TskataError", code: "unavailable" });
        for (const name of ["state", "memory"]) await rm(join(template, name));
      }
    });
  } else {
    await t.test("a VM that is to be captured is unsupported", async (t) => {
      await t.rejects(boot(t, { start: { kind: "to-capture", directory } }), refusal);
    });
  }

  await t.test("plugShare() is unsupported for more shares than there is room for", async (t) => {
    const { vm } = await boot(t);
    const share: ShareDevice = { kind: "virtiofs", tag: TAG, socketPath: join(directory, "nobody") };
    await t.rejects(vm.plugShare(share), refusal);
    await t.rejects(vm.plugShare({ kind: "nine-p", tag: TAG, directory }), refusal);
    await vm.stop();
  });

  for (const [command, kind] of [
    ["poweroff", "guest-shutdown"],
    ["panic", "guest-panic"],
    ["reset", "guest-panic"],
  ] as const) {
    await t.test(`a guest's ${command} is told as ${kind}`, async (t) => {
      const { vm, channel } = await boot(t);
      channel.send(`${command}\n`);
      t.strictSame(await vm.exited, { kind });
      channel.close();
    });
  }

  await t.test("a VMM that is killed is told as vmm-died, and the agent's channel ends", async (t) => {
    const { vm, channel } = await boot(t);
    const ended = channel.line().catch((error: unknown) => error);
    for (const pid of vm.hostPids) process.kill(pid, "SIGKILL");
    const { tellsSignals = true } = subject;
    t.match(await vm.exited, { kind: "vmm-died", ...(tellsSignals && { signal: "SIGKILL" }) });
    t.ok((await ended) instanceof Error);
    await vm.stop();
    await t.rejects(vm.pause(), { name: "TskataError", code: "unavailable" });
  });

  await t.test("stop() ends a busy VM, may be called twice, and after the end", async (t) => {
    const { vm, channel } = await boot(t);
    channel.send(`source ${1024 * MIB}\n`);
    await channel.bytes(1);
    await Promise.all([vm.stop(), vm.stop()]);
    await vm.stop();
    t.strictSame(await vm.exited, { kind: "stopped" });
  });

  await t.test("the console goes to the log", async (t) => {
    const { vm, channel, spec } = await boot(t);
    t.equal(await channel.ask("console a word for the log"), "written");
    await vm.stop();
    t.match(await readFile(spec.consoleLogPath, "utf8"), /a word for the log/);
  });

  for (const offer of subject.shares ?? []) {
    await t.test("a share is read and written by the guest", async (t) => {
      const shared = await mkdtemp(join(directory, "shared-"));
      await writeFile(join(shared, "greeting"), "hello guest");
      const runDirectory = await mkdtemp(join(directory, "share-"));
      const share = await offer(t, shared, runDirectory);
      t.comment(share.kind);
      const { vm, channel } = await boot(t, { shares: [share] });
      const type = share.kind === "virtiofs" ? "virtiofs" : "9p";
      t.equal(await channel.ask(`share ${type} ${TAG}`), "hello guest");
      t.equal(await readFile(join(shared, "from-guest"), "utf8"), "hello host");
      const { uid, gid, mode } = await stat(join(shared, "from-guest"));
      t.strictSame([uid, gid, mode & 0o777], [12, 34, 0o640]);
      await vm.stop();
    });
  }

  await t.test("boot() that is given up leaves nothing", async (t) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const booting = boot(t, {}, controller.signal);
    setImmediate(() => controller.abort(reason));
    await t.rejects(booting, reason);
  });

  await t.test("nothing is left: no process, descriptor or file", async (t) => {
    t.strictSame(await traces(), before);
    for (const name of (await readdir(directory)).filter((entry) => entry.startsWith("run-"))) {
      const left = (await readdir(join(directory, name))).filter((file) => file !== "console.log");
      t.strictSame(left, [], "no more than the console's log is left");
    }
  });
}

/** Removes a template's files, and waits for the end of the process that holds it, where there is one. */
async function release(template: string, pid: number | undefined): Promise<void> {
  await rm(template, { recursive: true });
  if (pid === undefined) return;
  await withDeadline("wait for the template's end", 10_000, async (deadline) => {
    while (existsSync(`/proc/${pid}/exe`)) await delay(10, undefined, { signal: deadline });
  });
}

/** A digest of each file of a directory, by name; a socket has none. */
async function contentsOf(directory: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const name of (await readdir(directory)).toSorted()) {
    if ((await stat(join(directory, name))).isSocket()) continue;
    digests[name] = createHash("sha256")
      .update(await readFile(join(directory, name)))
      .digest("hex");
  }
  return digests;
}

/** Boots the contract guest in a run directory of its own; it ends with the test. */
export async function bootGuest(
  t: Test,
  { driver, guest, directory }: { driver: Hypervisor; guest: ContractGuest; directory: string },
  change: Partial<VmSpec>,
  signal?: AbortSignal,
): Promise<Guest> {
  const runDirectory = await mkdtemp(join(directory, "run-"));
  // The VMM is another user, who has to pass through.
  for (const path of [directory, runDirectory]) await chmod(path, 0o711);
  const spec: VmSpec = {
    name: "contract",
    runDirectory,
    ...guest,
    extraKernelParameters: [],
    memoryBytes: 256 * MIB,
    vcpus: 1,
    shares: [],
    consoleLogPath: join(runDirectory, "console.log"),
    ...change,
  };
  const vm = await driver.boot(spec, signal);
  t.teardown(() => vm.stop());
  const channel = new LineChannel(await vm.openAgentChannel());
  if ((await channel.line()) !== "ready") throw new Error("the contract guest is not ready");
  return { vm, channel, spec };
}

function networkCard(number: number, namespace: string): NetworkCard {
  const tap = { name: `tap${number}-contract`, namespace };
  return { id: `nic${number}`, macAddress: `02:00:00:00:00:0${number}`, tap };
}

/** Of Node's own event loop, and what the C library opens for a moment when it makes a heap for a thread. */
const OF_NO_INTEREST = /^anon_inode:|^\/sys\/devices\/system\/cpu\//;

/** This process's children, and its descriptors but for those of no interest. */
async function traces(): Promise<{ children: string[]; descriptors: string[] }> {
  const children: string[] = [];
  for (const task of await readdir("/proc/self/task")) {
    const text = await readFile(`/proc/self/task/${task}/children`, "utf8");
    children.push(...text.split(" ").filter((pid) => pid !== ""));
  }
  const targets = await Promise.all((await readdir("/proc/self/fd")).map(targetOf));
  return { children, descriptors: targets.filter((target) => !OF_NO_INTEREST.test(target)).toSorted() };
}

/** What a descriptor is of; the one that lists them is closed by now. */
async function targetOf(descriptor: string): Promise<string> {
  return readlink(`/proc/self/fd/${descriptor}`).catch(() => "anon_inode:[closed]");
}
