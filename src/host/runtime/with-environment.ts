import { parseJson } from "../../oci/parse-json.js";
import type { Process } from "../../oci/process.js";
import { stringifyJson } from "../../oci/stringify-json.js";

/**
 * A runtime-spec `process` object with more variables in its environment.
 *
 * @param processJson JSON text, already checked
 * @param entries `NAME=VALUE` each
 */
export function withEnvironment(processJson: string, entries: readonly string[]): string {
  if (entries.length === 0) return processJson;
  const process = parseJson(processJson, "process") as unknown as Process;
  return stringifyJson({ ...process, env: [...(process.env ?? []), ...entries] });
}
