import type { Capabilities } from "../../oci/process.js";
import { CAPABILITIES } from "../../oci/tables/capabilities.js";

/** The five sets as masks: bit n is capability n. */
export interface CapabilitySets {
  readonly bounding: bigint;
  readonly effective: bigint;
  readonly inheritable: bigint;
  readonly permitted: bigint;
  readonly ambient: bigint;
}

/** Mask of CAP_SYS_ADMIN. */
export const CAP_SYS_ADMIN_MASK = 1n << BigInt(CAPABILITIES.CAP_SYS_ADMIN);

/**
 * Turns names into masks. No section means no capability at all. Names that
 * Linux doesn't have are left out, and so are ambient ones that aren't both
 * permitted and inheritable, which the kernel wouldn't raise
 * (config.md, "Linux Process"; capabilities(7)).
 */
export function capabilitySets(capabilities: Capabilities | undefined): CapabilitySets {
  const permitted = mask(capabilities?.permitted);
  const inheritable = mask(capabilities?.inheritable);
  return {
    bounding: mask(capabilities?.bounding),
    effective: mask(capabilities?.effective) & permitted,
    inheritable,
    permitted,
    ambient: mask(capabilities?.ambient) & permitted & inheritable,
  };
}

function mask(names: readonly string[] | undefined): bigint {
  return (names ?? []).reduce((bits, name) => {
    const number = (CAPABILITIES as Readonly<Record<string, number>>)[name.toUpperCase()];
    return number === undefined ? bits : bits | (1n << BigInt(number));
  }, 0n);
}
