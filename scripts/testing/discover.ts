import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/**
 * `unit` tests need no VM; `integration` tests may boot real ones; `engines` tests have real engines do so, and
 * `kubernetes` tests a cluster that is there already.
 */
export type Tier = "unit" | "integration" | "engines" | "kubernetes";

/** All of them, in the order in which they run. */
export const TIERS: readonly Tier[] = ["unit", "integration", "engines", "kubernetes"];
/** Those that run where none is named: the rest takes what has to be brought up before. */
export const DEFAULT_TIERS: readonly Tier[] = TIERS.filter((tier) => tier !== "kubernetes");

/** A test file. */
export interface TestFile {
  /** Path from the project's root. */
  readonly path: string;
  readonly tier: Tier;
}

const ENGINES_FOLDER = "test/engines/";
const KUBERNETES_FOLDER = "test/kubernetes/";
const INTEGRATION_FOLDERS = ["test/integration/", "test/conformance/"];
/** An import of tap's value; helpers of tests import at most its types. */
const IMPORTS_TAP = /^import (?!type\b)[^;]*? from "tap";/m;

/**
 * Finds the test files: the modules under `test/` and `packages/<name>/test/`
 * that import tap. Sorted by path.
 *
 * @param root the project's root
 */
export function discoverTests(root: string): TestFile[] {
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}/test`);
  return ["test", ...packages]
    .flatMap((folder) => modulesBelow(root, folder))
    .filter((path) => IMPORTS_TAP.test(readFileSync(join(root, path), "utf8")))
    .toSorted()
    .map((path) => ({ path, tier: tierOf(path) }));
}

function tierOf(path: string): Tier {
  if (path.startsWith(ENGINES_FOLDER)) return "engines";
  if (path.startsWith(KUBERNETES_FOLDER)) return "kubernetes";
  return INTEGRATION_FOLDERS.some((folder) => path.startsWith(folder)) ? "integration" : "unit";
}

function modulesBelow(root: string, folder: string): string[] {
  const start = join(root, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
