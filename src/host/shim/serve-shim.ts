import { once } from "node:events";
import { closeSync, rmSync, writeSync } from "node:fs";
import { createServer as createSocketServer, type Server as SocketServer } from "node:net";
import { createServer } from "ttrpc-ts/lite";
import { withDeadline } from "../../common/deadline.js";
import { messageOf } from "../../common/error.js";
import { toRpcError } from "../../protocol/rpc-error.js";
import { Sandbox } from "./api/gen/sandbox/sandbox_pb.js";
import { Task as TaskV2 } from "./api/gen/task-v2/task_pb.js";
import { Task as TaskV3 } from "./api/gen/task-v3/task_pb.js";
import type { Invocation } from "./invocation.js";
import { Publisher } from "./publisher.js";
import { sandboxService } from "./sandbox/sandbox-service.js";
import { Shim } from "./shim.js";
import { shimLog } from "./shim-log.js";
import { READINESS_FD, READY } from "./start-shim.js";
import { taskService } from "./task-service.js";

const OTHERS = 0o077;
/** Longest time that the shim's end waits for containerd to hear of what happened. */
const TOLD_MS = 10_000;

/** Serves a pod's tasks until containerd has the shim end, or a signal has. Settles when nothing of it is left. */
export async function serveShim(invocation: Invocation): Promise<void> {
  const log = shimLog(invocation.bundle, invocation.debug);
  // One operation that fails while nobody waits for it yet is not the end of a pod; whoever asked for it is told.
  process.on("unhandledRejection", (reason) => log.warning(`not waited for: ${messageOf(reason)}`));
  const { eventsAddress: address, namespace, socket } = invocation;
  const publisher = new Publisher({ address, namespace, log: (line) => log.warning(line) });
  const shim = new Shim(invocation, publisher, log);
  let shutdown: () => void = () => undefined;
  const dismissed = new Promise<undefined>((resolve) => {
    shutdown = () => resolve(undefined);
  });
  const handlers = taskService(shim, shutdown);
  const server = createServer({ translateError: toRpcError })
    .service(TaskV2, handlers)
    .service(TaskV3, handlers)
    .service(Sandbox, sandboxService(shim, shutdown));
  const listener = createSocketServer((connection) => void server.serve(connection));
  await listen(listener, socket);
  const signal = await Promise.race([dismissed, firstSignal("SIGTERM", "SIGINT")]);
  if (signal !== undefined) {
    log.warning(`the shim of ${invocation.id} was ended by ${signal}`);
    await shim.vm.end(`its shim was ended by ${signal}`);
  }
  listener.close();
  rmSync(socket, { force: true });
  await server.shutdown();
  // containerd's Shutdown follows its Delete at once, whose event may be on its way.
  await withDeadline("tell containerd what happened", TOLD_MS, () => publisher.told()).catch((error: unknown) =>
    log.warning(messageOf(error)),
  );
  publisher.close();
}

/** Tells whoever waits for it that it listens. */
async function listen(listener: SocketServer, path: string): Promise<void> {
  const umask = process.umask(OTHERS);
  listener.listen(path);
  process.umask(umask);
  await once(listener, "listening");
  writeSync(READINESS_FD, READY);
  closeSync(READINESS_FD);
}

async function firstSignal(...names: NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of names) process.on(name, () => resolve(name));
  });
}
