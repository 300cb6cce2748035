import { TskataError } from "../src/common/error.js";
import { type KnownDriver, KNOWN_DRIVERS } from "./known-drivers.js";

/** A driver, and why it is that one. */
export interface DriverChoice {
  readonly driver: string;
  /** For people: `automatic: this is a Xen dom0`. */
  readonly reason: string;
}

/**
 * The driver for this machine where nobody asks for one: the first whose
 * habitat it is, else the one for all other machines. Whether that works here
 * isn't tried.
 *
 * @throws TskataError `unsupported` where there is none for such a machine
 */
export function automaticDriver(known: Readonly<Record<string, KnownDriver>> = KNOWN_DRIVERS): DriverChoice {
  const elsewhere = Object.keys(known).find((name) => known[name]?.automatic === "elsewhere");
  const absent: string[] = [];
  for (const [name, { automatic }] of Object.entries(known)) {
    if (automatic === undefined || automatic === "elsewhere") continue;
    if (automatic.isHere()) return { driver: name, reason: `automatic: this is ${automatic.place}` };
    absent.push(automatic.place.replace(/^an? /, "no "));
  }
  const place = absent.length === 0 ? "it is the one for every machine" : `this is ${absent.join(" and ")}`;
  if (elsewhere !== undefined) return { driver: elsewhere, reason: `automatic: ${place}` };
  throw new TskataError(
    "unsupported",
    `no hypervisor driver is taken by itself on this machine: ${place}; name one of ${Object.keys(known).join(", ")} ` +
      "(hypervisor.driver, --hypervisor)",
  );
}
