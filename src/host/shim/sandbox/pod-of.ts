import { TskataError } from "../../../common/error.js";
import type { Shim } from "../shim.js";
import type { TaskProcess } from "../task-process.js";
import type { Pod } from "./pod.js";

/**
 * The pod whose sandbox a shim has made, and its first process.
 *
 * @throws TskataError `not-found` where it has made none of that id
 */
export function podOf(shim: Shim, id: string): { readonly pod: Pod; readonly init: TaskProcess } {
  const { pod } = shim;
  if (pod?.id !== id) throw new TskataError("not-found", `sandbox ${id}: no such sandbox`);
  return { pod, init: shim.task(id).init };
}
