import { TskataError } from "../../common/error.js";
import type { Process } from "../../oci/process.js";
import { loadBundle } from "./bundle.js";
import type { RuntimeContext } from "./context.js";

/**
 * The `process` of a container's config.json, which `exec` starts from.
 *
 * @throws TskataError `invalid-argument` where it has none
 */
export function containerProcess(context: RuntimeContext, id: string): Process {
  const { bundle } = context.store.read(id);
  const { process } = loadBundle(bundle).spec;
  if (process === undefined)
    throw new TskataError("invalid-argument", `exec ${id}: ${bundle}/config.json has no process`);
  return process;
}
