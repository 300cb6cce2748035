import { build } from "esbuild";
import { TskataError } from "../src/common/error.js";

/**
 * Bundles the agent to one file for the guest's Node.
 *
 * @param root the checkout
 * @param entry the program, relative to the checkout
 * @throws TskataError `invalid-argument` with esbuild's messages
 */
export async function bundleAgent(root: string, entry = "src/agent/main.ts"): Promise<Uint8Array> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "node",
    target: "node22",
    format: "cjs",
    // names stay, for stack traces
    minifyWhitespace: true,
    legalComments: "none",
    logLevel: "silent",
  }).catch((cause: unknown) => {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new TskataError("invalid-argument", `can't bundle the agent: ${detail}`, { cause });
  });
  const bundle = result.outputFiles[0]?.contents;
  if (bundle === undefined) throw new TskataError("internal", "esbuild made no bundle of the agent");
  return bundle;
}
