import { join } from "node:path";
import { cacheDirectory, ensureArtifact } from "../../../src/common/artifacts/artifact-cache.js";
import { runTool } from "../../../src/common/artifacts/run-tool.js";

const MODULE = "sigs.k8s.io/cri-tools";
const VERSION = "v1.37.0";

/**
 * Builds critest and crictl, with the libraries that their module names, and
 * keeps them in the cache. critest is a program of tests, which `go install`
 * doesn't make.
 *
 * @returns the folder that has them
 * @throws TskataError `not-found` without Go, `internal` where it fails
 */
export async function installCriTools(): Promise<string> {
  const recipe = {
    kind: "cri-tools",
    inputs: { module: MODULE, version: VERSION },
    build: async (directory: string) => {
      const env = { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -modcacherw", GOTOOLCHAIN: "auto" };
      const go = (what: string, args: readonly string[], cwd: string): Promise<string> =>
        runTool(what, "nice", ["-n", "19", "go", ...args], { cwd, env });
      const download = await go("fetch cri-tools", ["mod", "download", "-json", `${MODULE}@${VERSION}`], directory);
      const { Dir: source } = JSON.parse(download) as { readonly Dir: string };
      await go("build crictl", ["build", "-o", join(directory, "crictl"), "./cmd/crictl"], source);
      await go("build critest", ["test", "-c", "-o", join(directory, "critest"), "./cmd/critest"], source);
    },
  };
  return (await ensureArtifact(cacheDirectory(), recipe, () => undefined)).directory;
}
