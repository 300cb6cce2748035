import type { LinuxResources } from "../../oci/linux-resources.js";
import { parseJson } from "../../oci/parse-json.js";
import { updateMirror } from "../cgroup/mirror.js";
import type { RuntimeContext } from "./context.js";
import { callSupervisor, resizingTimeoutMs } from "./supervisor-call.js";

/**
 * Changes a container's limits, in the guest and in their mirror on the host.
 * The VM follows, as far as it can.
 *
 * @param resourcesJson a runtime-spec `linux.resources` object, already checked
 */
export async function updateContainer(context: RuntimeContext, id: string, resourcesJson: string): Promise<void> {
  const params = { containerId: id, resourcesJson };
  const record = context.store.read(id);
  const { warnings } = await callSupervisor(record, "update", params, resizingTimeoutMs(context.config));
  for (const warning of warnings) context.log.warning(`update ${id}: ${warning}`);
  const resources = parseJson(resourcesJson, `update ${id}`) as LinuxResources;
  updateMirror({ directories: record.cgroups }, resources, context.log);
}
