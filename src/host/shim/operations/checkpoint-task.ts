import { join } from "node:path";
import { checkpointContainer } from "../../runtime/checkpoint-container.js";
import { CheckpointOptionsCodec } from "../api/gen/runc-options/options_pb.js";
import type { CheckpointTaskRequest } from "../api/gen/task-v2/task_pb.js";
import type { Empty } from "../api/gen/well-known/common_pb.js";
import { checkpointedEvent } from "../events.js";
import { unpack } from "../packed.js";
import type { Shim } from "../shim.js";
import { CRIU_DIRECTORY } from "../task-options.js";

/** Saves a container's processes in a directory. */
export async function checkpointTask(shim: Shim, { id, path, options }: CheckpointTaskRequest): Promise<Empty> {
  const { bundle } = shim.task(id);
  const given = unpack(CheckpointOptionsCodec, options);
  const imagePath = given?.imagePath || path;
  const paths = { imagePath, workPath: given?.workPath || join(bundle, CRIU_DIRECTORY) };
  const criu = {
    tcpEstablished: given?.openTcp === true,
    extUnixSk: given?.externalUnixSockets === true,
    shellJob: given?.terminal === true,
    fileLocks: given?.fileLocks === true,
  };
  const leaveRunning = given?.exit !== true;
  await checkpointContainer(await shim.context(), id, paths, {
    criu,
    leaveRunning,
    tcpSkipInFlight: false,
    linkRemap: false,
  });
  shim.publish(checkpointedEvent(id, imagePath));
  return {};
}
