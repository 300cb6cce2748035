import { rm } from "node:fs/promises";
import { join } from "node:path";
import { constants } from "node:os";
import type { LogSink } from "../../common/log.js";
import { readMountTable } from "../resource/mount-table.js";
import { deleteContainer } from "../runtime/delete-container.js";
import { effectiveStatus } from "../state/effective-status.js";
import { DeleteResponseCodec } from "./api/gen/task-v2/task_pb.js";
import type { Invocation } from "./invocation.js";
import { timestamp } from "./packed.js";
import { unmountRootfs } from "./rootfs/unmount-rootfs.js";
import { openShimContext } from "./shim-context.js";
import { isServed, shimSocket } from "./shim-address.js";

/** Exit status of a container whose shim was killed. */
const KILLED = 128 + constants.signals.SIGKILL;

/**
 * `delete`: cleans up after a container whose shim is gone, or never came to be.
 *
 * @returns the answer for containerd, encoded
 */
export async function cleanUp(invocation: Invocation, log: LogSink): Promise<Uint8Array> {
  const { id, bundle } = invocation;
  const context = await openShimContext({ invocation, log });
  const record = context.store.find(id);
  await deleteContainer(context, id, true);
  const rootfs = join(bundle, "rootfs");
  // A shim's own mounts have gone with it.
  if (readMountTable().some(({ mountPoint }) => mountPoint === rootfs)) await unmountRootfs(rootfs);
  const socket = shimSocket(invocation, id);
  if (!(await isServed(socket))) await rm(socket, { force: true });
  const { exitStatus = KILLED } = record === undefined ? {} : effectiveStatus(record);
  return DeleteResponseCodec.encode({
    pid: record?.monitor?.pid ?? 0,
    exitStatus,
    exitedAt: timestamp(new Date()),
  });
}
