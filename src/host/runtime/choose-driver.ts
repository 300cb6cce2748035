import { automaticDriver, type DriverChoice } from "../../../hypervisors/automatic-driver.js";
import { driverNames } from "../../../hypervisors/known-drivers.js";
import { TskataError } from "../../common/error.js";
import type { Spec } from "../../oci/config.js";
import { HYPERVISOR_ANNOTATION } from "../../oci/vm-annotations.js";
import type { RuntimeContext } from "./context.js";

/** Of the configuration, for texts. */
const ALLOWED_KEY = "hypervisor.allowed_by_annotation";

/** What decides, and how it is found out what fits this machine. */
export interface DriverWishes extends Pick<RuntimeContext, "config" | "hypervisor"> {
  /** Default: `automaticDriver`. */
  readonly automatic?: () => DriverChoice;
}

/**
 * The driver of a new VM. The option `--hypervisor` goes before the container's
 * annotation, which the configuration has to allow, and that before
 * `hypervisor.driver`. Where none names one, the machine decides.
 *
 * @param spec of the container; none for the VMs that the configuration asks for
 * @throws TskataError `invalid-argument` for an annotation that names no driver, `permission` for one that isn't
 *   allowed, and as `automaticDriver`
 */
export function chooseDriver(
  { config, hypervisor, automatic = automaticDriver }: DriverWishes,
  spec: Pick<Spec, "annotations"> = {},
): DriverChoice {
  if (hypervisor !== undefined) {
    return hypervisor === "auto" ? automatic() : { driver: hypervisor, reason: "--hypervisor" };
  }
  const asked = spec.annotations?.[HYPERVISOR_ANNOTATION];
  if (asked !== undefined) {
    requireAllowed(asked, config.hypervisor.allowedByAnnotation);
    return { driver: asked, reason: `annotation ${HYPERVISOR_ANNOTATION}` };
  }
  const { driver } = config.hypervisor;
  return driver === "auto" ? automatic() : { driver, reason: "hypervisor.driver of the configuration" };
}

function requireAllowed(asked: string, allowed: readonly string[]): void {
  const what = `config.json's annotation ${HYPERVISOR_ANNOTATION} asks for the hypervisor '${asked}'`;
  const allowedText = allowed.length === 0 ? "none" : allowed.join(", ");
  if (!driverNames.some((name) => name === asked)) {
    throw new TskataError(
      "invalid-argument",
      `${what}, which there isn't: known are ${driverNames.join(", ")}, and allowed are ${allowedText} (${ALLOWED_KEY})`,
    );
  }
  if (allowed.includes(asked)) return;
  throw new TskataError(
    "permission",
    `${what}, which the configuration doesn't allow: allowed are ${allowedText}; ` +
      `set ${ALLOWED_KEY} = ${JSON.stringify([...allowed, asked])}, or remove the annotation`,
  );
}
