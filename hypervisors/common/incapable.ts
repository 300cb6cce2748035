import { TskataError } from "../../src/common/error.js";
import { CAPABILITIES, type Capability } from "../hypervisor.js";
import { CAPABLE_BY_SETTING, CAPABLE_DRIVERS } from "./capable-drivers.js";

/**
 * The refusal of what a driver can't do, with the drivers that can.
 *
 * @param driver who refuses
 * @param what what was asked for
 * @param capable by capability, the drivers that have it
 */
export function incapable(
  driver: string,
  capability: Capability,
  what: string,
  capable: Readonly<Record<Capability, readonly string[]>> = CAPABLE_DRIVERS,
): TskataError {
  const others = capable[capability].filter((name) => name !== driver);
  return new TskataError(
    "unsupported",
    `${what}: the ${driver} driver can't ${CAPABILITIES[capability]}; ${whoCan([...others, ...(CAPABLE_BY_SETTING[capability] ?? [])])}`,
  );
}

function whoCan(drivers: readonly string[]): string {
  if (drivers.length === 0) return "no other driver can";
  return `${drivers.map((name) => `driver ${name}`).join(" and ")} can (hypervisor.driver)`;
}
