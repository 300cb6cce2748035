import type { State } from "../../oci/state.js";

/**
 * The state that hooks read on their standard input (runtime.md, "State").
 *
 * @param container what stays the same; a container's record for one
 * @param pid the monitor's; absent where there is none any more
 */
export function hookState(
  { ociVersion, id, bundle, annotations }: Omit<State, "status" | "pid">,
  status: State["status"],
  pid?: number,
): State {
  return {
    ociVersion,
    id,
    status,
    ...(pid === undefined ? {} : { pid }),
    bundle,
    ...(annotations === undefined ? {} : { annotations }),
  };
}
