import { TskataError } from "../../common/error.js";
import type { Linux } from "../../oci/linux.js";
import { compileSeccomp } from "../seccomp/compile-seccomp.js";
import type { SeccompFilter } from "../seccomp/compile-seccomp.js";

const compiled = new WeakMap<object, SeccompFilter>();

/**
 * The container's filter, compiled once for all of its processes; undefined
 * where it has none.
 *
 * @throws TskataError `unsupported` where a rule wants to ask a seccomp agent
 */
export function seccompFilter({ seccomp }: Linux): SeccompFilter | undefined {
  if (seccomp === undefined) return undefined;
  const known = compiled.get(seccomp);
  if (known !== undefined) return known;
  if (seccomp.syscalls?.some(({ action }) => action === "SCMP_ACT_NOTIFY") === true) {
    throw new TskataError(
      "unsupported",
      "linux.seccomp: SCMP_ACT_NOTIFY has no way to a seccomp agent on the host yet",
    );
  }
  const filter = compileSeccomp(seccomp);
  compiled.set(seccomp, filter);
  return filter;
}
