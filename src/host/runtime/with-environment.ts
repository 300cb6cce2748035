import { parseJson } from "../../oci/parse-json.js";
import type { Process } from "../../oci/process.js";
import { stringifyJson } from "../../oci/stringify-json.js";

/**
 * A process with more variables in its environment.
 *
 * @param entries `NAME=VALUE` each
 */
export function addEnvironment(process: Process, entries: readonly string[]): Process {
  return entries.length === 0 ? process : { ...process, env: [...(process.env ?? []), ...entries] };
}

/**
 * The same for a runtime-spec `process` object as JSON text, already checked.
 */
export function withEnvironment(processJson: string, entries: readonly string[]): string {
  if (entries.length === 0) return processJson;
  return stringifyJson(addEnvironment(parseJson(processJson, "process") as unknown as Process, entries));
}
