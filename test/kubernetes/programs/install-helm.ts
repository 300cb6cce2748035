import { cacheDirectory, ensureArtifact } from "../../../src/common/artifacts/artifact-cache.js";
import { runTool } from "../../../src/common/artifacts/run-tool.js";

const MODULE = "helm.sh/helm/v3";
const VERSION = "v3.19.5";
/** What Helm takes a cluster for that it can't ask. */
const KUBERNETES = { k8sVersionMajor: "1", k8sVersionMinor: "34" };

/**
 * Builds Helm, and keeps it in the cache.
 *
 * @returns the folder that has it
 * @throws TskataError `not-found` without Go, `internal` where it fails
 */
export async function installHelm(): Promise<string> {
  const recipe = {
    kind: "helm",
    inputs: { module: MODULE, version: VERSION, ...KUBERNETES },
    build: async (directory: string) => {
      const values = Object.entries(KUBERNETES).flatMap(([name, value]) =>
        ["pkg/chartutil", "pkg/lint/rules"].map((folder) => `-X ${MODULE}/${folder}.${name}=${value}`),
      );
      const install = ["go", "install", "-ldflags", ["-s -w", ...values].join(" "), `${MODULE}/cmd/helm@${VERSION}`];
      const env = { CGO_ENABLED: "0", GOBIN: directory, GOFLAGS: "-trimpath -buildvcs=false", GOTOOLCHAIN: "auto" };
      await runTool("build Helm", "nice", ["-n", "19", ...install], { cwd: directory, env });
    },
  };
  return (await ensureArtifact(cacheDirectory(), recipe, () => undefined)).directory;
}
