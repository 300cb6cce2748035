import { updateContainer } from "../../runtime/update-container.js";
import type { UpdateTaskRequest } from "../api/gen/task-v2/task_pb.js";
import type { Empty } from "../api/gen/well-known/common_pb.js";
import { checkedResources } from "../checked-json.js";
import { packedJson } from "../packed.js";
import type { Shim } from "../shim.js";

/** Changes a container's limits; the VM follows. */
export async function updateTask(shim: Shim, { id, resources }: UpdateTaskRequest): Promise<Empty> {
  shim.task(id);
  const what = `update ${id}`;
  await updateContainer(
    await shim.context(),
    id,
    checkedResources(packedJson(resources, what), { what, log: shim.log }),
  );
  return {};
}
