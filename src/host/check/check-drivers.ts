import type { DriverChoice } from "../../../hypervisors/automatic-driver.js";
import type { Hypervisor, ProbeFinding } from "../../../hypervisors/hypervisor.js";
import { messageOf, TskataError } from "../../common/error.js";
import type { Finding } from "./finding.js";

/** What was found out about the hypervisor drivers. */
export interface DriversReport {
  /** Which one runs new VMs, and why; undefined where none does. */
  readonly hypervisor: DriverChoice | undefined;
  /** Whether that one works here. */
  readonly usable: boolean;
  /** First of the choice, then each driver's under its name, the one that is used before the others. */
  readonly findings: readonly Finding[];
}

/** What is asked of a driver. */
type Probed = Pick<Hypervisor, "probe">;

/**
 * Tries every driver. What one lacks that isn't used is a note: it keeps no
 * container from running.
 *
 * @param choose tells which one is used
 * @param names of all drivers
 * @param open opens a driver by its name
 */
export async function checkDrivers(
  choose: () => DriverChoice,
  names: readonly string[],
  open: (name: string) => Probed,
): Promise<DriversReport> {
  const { hypervisor, finding } = chosen(choose);
  const used = hypervisor?.driver;
  const ordered = names.toSorted((a, b) => Number(b === used) - Number(a === used));
  const probes = await Promise.all(ordered.map(async (name) => ({ name, ...(await probe(name, open)) })));
  return {
    hypervisor,
    usable: probes.some(({ name, usable }) => name === used && usable),
    findings: [
      finding,
      ...probes.flatMap(({ name, findings }) =>
        findings.map((each) => ({ driver: name, ...(name === used ? each : asNote(each)) })),
      ),
    ],
  };
}

function chosen(choose: () => DriverChoice): { readonly hypervisor: DriverChoice | undefined; finding: Finding } {
  const subject = "hypervisor";
  try {
    const hypervisor = choose();
    const detail = `${hypervisor.driver} (${hypervisor.reason})`;
    return { hypervisor, finding: { subject, level: "ok", detail } };
  } catch (error) {
    return { hypervisor: undefined, finding: lack(subject, error) };
  }
}

async function probe(
  name: string,
  open: (name: string) => Probed,
): Promise<{ readonly usable: boolean; readonly findings: readonly ProbeFinding[] }> {
  try {
    return await open(name).probe();
  } catch (error) {
    return { usable: false, findings: [lack(name, error)] };
  }
}

/** What people can mend is told of; the rest is a fault of ours. */
function lack(subject: string, error: unknown): ProbeFinding {
  if (!(error instanceof TskataError)) throw error;
  return { subject, level: "missing", detail: messageOf(error) };
}

function asNote(finding: ProbeFinding): Omit<Finding, "driver"> {
  return finding.level === "ok" ? finding : { ...finding, level: "note" };
}
