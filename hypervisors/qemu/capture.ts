import { once } from "node:events";
import { createWriteStream, existsSync } from "node:fs";
import { chmod, chown, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { QmpClient } from "qemu-qmp-client";
import { withDeadline } from "../../src/common/deadline.js";
import { TskataError } from "../../src/common/error.js";
import type { HostUser } from "../hypervisor.js";
import { templateUnusable } from "./errors.js";
import { templateFilesIn } from "./template-files.js";

/** The stream has some hundred KiB: the memory stays in its file. */
const SAVE_TIMEOUT_MS = 30_000;
/** Within the VM's run directory. */
const SOCKET = "capture.sock";

/** What leaves guest memory that is a file out of migration streams, and what tells how a migration goes. */
const TEMPLATE_CAPABILITIES = ["x-ignore-shared", "events"] as const;

/**
 * Halts the guest for good and saves what its devices are. The memory is in
 * the directory already.
 *
 * @param vm `runDirectory` is the VM's own, `user` whom QEMU runs as
 * @throws TskataError `resource` where the state can't be stored, `internal` where QEMU refuses
 */
export async function saveDevices(
  client: QmpClient,
  directory: string,
  vm: { readonly runDirectory: string; readonly user: HostUser | undefined },
  signal?: AbortSignal,
): Promise<void> {
  // QEMU 7.2 can't write a stream to a file that it inherits, and may start no program that does.
  const socketPath = join(vm.runDirectory, SOCKET);
  const server = createServer();
  try {
    server.listen(socketPath);
    await once(server, "listening");
    if (vm.user !== undefined) await chown(socketPath, vm.user.uid, vm.user.gid);
    await withDeadline(
      "save the VM's devices",
      SAVE_TIMEOUT_MS,
      async (deadline) => {
        await client.execute("stop", {}, { signal: deadline });
        await setTemplateCapabilities(client, deadline);
        const stored = store(server, templateFilesIn(directory).state, deadline);
        const sent = send(client, `unix:${socketPath}`, deadline);
        await Promise.all([stored, sent]);
      },
      signal,
    );
  } catch (error) {
    throw templateUnusable(directory, error);
  } finally {
    server.close();
    await rm(socketPath, { force: true });
  }
}

/** Lets a migration stream leave out the memory, on either side. */
export async function setTemplateCapabilities(client: QmpClient, signal?: AbortSignal): Promise<void> {
  const capabilities = TEMPLATE_CAPABILITIES.map((capability) => ({ capability, state: true }));
  await client.execute("migrate-set-capabilities", { capabilities }, { signal });
}

/**
 * Sets a migration off and waits until it is done.
 *
 * @throws TskataError `internal` where it fails
 */
export async function migrated(client: QmpClient, start: () => Promise<unknown>, signal?: AbortSignal): Promise<void> {
  const events = client.events({ names: ["MIGRATION"], ...(signal && { signal }) });
  try {
    await start();
    for await (const { data } of events) {
      if (data.status === "completed") return;
      if (data.status === "failed") break;
    }
    const { "error-desc": reason = "it doesn't say why" } = await client.execute("query-migrate", {}, { signal });
    throw new TskataError("internal", `QEMU could not carry the devices' state over: ${reason}`);
  } finally {
    await events.return();
  }
}

async function send(client: QmpClient, uri: string, signal: AbortSignal): Promise<void> {
  await migrated(client, () => client.execute("migrate", { uri }, { signal }), signal);
}

async function store(server: Server, path: string, signal: AbortSignal): Promise<void> {
  const [connection] = (await once(server, "connection", { signal })) as [Socket];
  await pipeline(connection, createWriteStream(path, { flags: "wx", mode: 0o600 }), { signal });
}

/** Makes the files of a template nobody's to write to but our own. */
export async function sealFiles(directory: string): Promise<void> {
  const { memory, state, forkSocket } = templateFilesIn(directory);
  const modes = { [directory]: 0o711, [memory]: 0o444, [state]: 0o444, [forkSocket]: 0o600 };
  for (const [path, mode] of Object.entries(modes)) {
    if (!existsSync(path)) continue;
    await chown(path, process.getuid?.() ?? 0, process.getgid?.() ?? 0);
    await chmod(path, mode);
  }
}
