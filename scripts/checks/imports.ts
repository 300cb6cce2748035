import type { Check } from "./check.js";
import { runTool } from "./run-tool.js";
import { filesBelow, MODULE_FOLDERS, packageFolders } from "./source-files.js";

/** The part of dependency-cruiser's JSON report that is looked at. */
interface CruiseReport {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

/**
 * Import directions, as `.dependency-cruiser.mjs` has them. A tool that saw
 * no module passes every rule, so the modules are counted as well.
 */
export const imports: Check = {
  name: "import directions",
  async run(root) {
    const folders = [...MODULE_FOLDERS, ...packageFolders(root, ["src", "test"])];
    const expected = filesBelow(root, folders, [".ts"]);
    const args = ["--config", ".dependency-cruiser.mjs", "--output-type", "json", ...MODULE_FOLDERS, "packages"];
    const { stdout, output } = await runTool(root, "depcruise", args);
    if (!stdout.startsWith("{")) return { ok: false, text: output.trimEnd() };
    const report = JSON.parse(stdout) as CruiseReport;
    const seen = new Set(report.modules.map(({ source }) => source));
    const findings = [
      ...report.summary.violations.map(({ from, to, rule }) => `${from} -> ${to}: ${rule.name}`),
      ...expected.filter((file) => !seen.has(file)).map((file) => `${file}: dependency-cruiser did not see it`),
    ];
    return findings.length > 0
      ? { ok: false, text: findings.join("\n") }
      : { ok: true, text: `${expected.length} modules` };
  },
};
