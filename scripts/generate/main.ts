import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { errnoName } from "../../src/common/error.js";
import { generateCapabilityDocs } from "./capability-docs.js";
import { generateConfigDocs } from "./config-docs.js";
import type { GeneratedFile } from "./generated-file.js";
import { generateValidators } from "./validators.js";

/**
 * Writes the generated files that differ from what they should be.
 *
 * @param root the project's root
 * @param argv `--check` writes nothing and fails where a file is stale
 * @returns the exit status
 */
export async function runGenerators(root: string, argv: readonly string[]): Promise<number> {
  const check = argv.includes("--check");
  const unknown = argv.filter((argument) => argument !== "--check");
  if (unknown.length > 0) {
    console.error(`unknown argument ${unknown.join(" ")}; the only one is --check`);
    return 2;
  }
  const stale: GeneratedFile[] = [];
  const generated = await Promise.all([
    generateValidators(root),
    generateConfigDocs(root),
    generateCapabilityDocs(root),
  ]);
  for (const file of generated.flat()) {
    if ((await readIfPresent(path.join(root, file.path))) !== file.text) stale.push(file);
  }
  for (const file of stale) {
    if (check) {
      console.error(`${file.path} is stale; run: node scripts/generate/run.mjs`);
    } else {
      await mkdir(path.dirname(path.join(root, file.path)), { recursive: true });
      await writeFile(path.join(root, file.path), file.text);
      console.log(`wrote ${file.path}`);
    }
  }
  return check && stale.length > 0 ? 1 : 0;
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (errnoName(error) === "ENOENT") return undefined;
    throw error;
  }
}
