import { countOutcomes } from "./counts.js";
import type { LabReport } from "./lab-report.js";

/**
 * The exit status that a report stands for: 0 where tests passed and nothing
 * failed, else 1. A host that couldn't be tried has failed; a row that a host
 * can't run has not, but where no test passed at all nothing was shown.
 */
export function exitStatus({ hosts }: LabReport): 0 | 1 {
  const { passed, failed } = countOutcomes(hosts.flatMap(({ rows }) => rows.flatMap(({ tests }) => tests)));
  const hostFailed = hosts.some(({ failure }) => failure !== undefined);
  return passed > 0 && failed === 0 && !hostFailed ? 0 : 1;
}
