import type { Linux } from "../../oci/linux.js";
import { compileSeccomp } from "../seccomp/compile-seccomp.js";
import type { SeccompFilter } from "../seccomp/compile-seccomp.js";

const compiled = new WeakMap<object, SeccompFilter>();

/**
 * The container's filter, compiled once for all of its processes; undefined
 * where it has none.
 *
 * @throws TskataError as `compileSeccomp`
 */
export function seccompFilter({ seccomp }: Linux): SeccompFilter | undefined {
  if (seccomp === undefined) return undefined;
  const known = compiled.get(seccomp);
  if (known !== undefined) return known;
  const filter = compileSeccomp(seccomp);
  compiled.set(seccomp, filter);
  return filter;
}
