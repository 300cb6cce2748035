import { posix } from "node:path";
import { runCommand } from "../../resource/run-command.js";
import type { Mount } from "../api/gen/well-known/common_pb.js";
import { commonDirectory, lowerLayers, withLayers } from "./overlay-layers.js";

/** mount(2) takes one page of options. */
const MAX_OPTIONS_BYTES = 4000;

/**
 * Makes one mount of a root filesystem.
 *
 * @param target absolute path
 * @throws TskataError `internal` with what mount(8) says
 */
export async function makeMount({ type, source, options }: Mount, target: string): Promise<void> {
  const { directory, text } = shortened(options);
  const isBind = type === "bind" || options.some((option) => option === "bind" || option === "rbind");
  const args = [...(isBind ? [] : ["-t", type]), ...(text === "" ? [] : ["-o", text]), "--", source, target];
  // Relative layers are seen from the directory.
  const [program = "", ...rest] =
    directory === undefined ? ["mount", ...args] : ["env", "-C", directory, "mount", ...args];
  await runCommand(`mount the root filesystem at ${target}`, program, rest);
}

/** Layers relative to the directory that they have in common, where the options are too long otherwise. */
function shortened(options: readonly string[]): { readonly directory?: string; readonly text: string } {
  const text = options.join(",");
  const layers = lowerLayers(options);
  if (text.length <= MAX_OPTIONS_BYTES || layers === undefined) return { text };
  const directory = commonDirectory(layers);
  return { directory, text: withLayers(options, (layer) => posix.relative(directory, layer)).join(",") };
}
