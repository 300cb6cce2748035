import type { LinuxResources } from "../../oci/linux-resources.js";
import { mergeResources } from "../../oci/merge-resources.js";
import type { Sandbox } from "../sandbox/sandbox.js";
import { decodeJson } from "./decode-json.js";

/** Changes a container's limits; what the update doesn't name stays, and all of it where the update is refused. */
export async function updateContainer(
  sandbox: Sandbox,
  request: { readonly containerId: string; readonly resourcesJson: Uint8Array },
): Promise<void> {
  const container = sandbox.container(request.containerId);
  const { cgroup } = container.require("update", "created", "running", "paused");
  const update = decodeJson(request.resourcesJson, "resources") as LinuxResources;
  const resources = mergeResources(container.resources, update);
  await cgroup.change(resources, sandbox.paths.sysfs);
  container.resources = resources;
}
