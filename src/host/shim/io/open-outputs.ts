import { TskataError } from "../../../common/error.js";
import { writeFifo } from "./fifo.js";
import { fileOutput } from "./file-output.js";
import { nowhere } from "./nowhere.js";
import { type LoggedContainer, loggerOutputs } from "./logger-outputs.js";
import { type Output, outputOf } from "./output.js";

/**
 * Opens where a process' outputs go, each: a named pipe, a file that it is appended to (`file:///path`), a logger for both
 * (`binary:///path?arguments`), or nowhere where empty.
 *
 * @throws TskataError `unsupported` for another scheme, and as `writeFifo`; then none is open
 */
export async function openOutputs(targets: readonly string[], container: LoggedContainer): Promise<readonly Output[]> {
  const [first = ""] = targets;
  if (schemeOf(first) === "binary") {
    const outputs = await loggerOutputs(new URL(first), container);
    // A terminal has but one.
    for (const { stream } of outputs.slice(targets.length)) stream.end();
    return outputs.slice(0, targets.length);
  }
  const outputs: Output[] = [];
  try {
    for (const target of targets) outputs.push(openOutput(target));
  } catch (error) {
    for (const { stream } of outputs) stream.destroy();
    throw error;
  }
  return outputs;
}

function openOutput(target: string): Output {
  if (target === "") return outputOf(nowhere().resume());
  const scheme = schemeOf(target);
  const path = scheme === undefined ? target : decodeURIComponent(new URL(target).pathname);
  switch (scheme) {
    case undefined:
    case "fifo":
      return outputOf(writeFifo(path));
    case "file":
      return fileOutput(path);
    default:
      throw new TskataError("unsupported", `output to ${target}: ${scheme} is none of fifo, file and binary`);
  }
}

function schemeOf(target: string): string | undefined {
  return /^([a-z]+):\/\//.exec(target)?.[1];
}
