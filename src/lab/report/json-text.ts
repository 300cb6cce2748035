import type { LabReport } from "./lab-report.js";

/** A report as indented JSON, in the shape of LabReport, ending with a line feed. */
export function jsonText(report: LabReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
