import { TskataError } from "../../src/common/error.js";
import { runTool } from "../../src/common/artifacts/run-tool.js";

/**
 * The mirror of Debian's packages that this machine's apt takes them from, whatever the release.
 *
 * @throws TskataError `not-found` where apt has no lists of any
 */
export async function debianMirror(): Promise<string> {
  const ofDebian = ["Created-By: Packages", "Origin: Debian", "Label: Debian"];
  const found = await runTool("find Debian's mirror", "apt-get", [
    "indextargets",
    "--format",
    "$(REPO_URI)",
    ...ofDebian,
  ]);
  const [mirror] = found.split("\n").filter(Boolean);
  if (mirror === undefined) {
    throw new TskataError(
      "not-found",
      "find Debian's mirror: apt has no lists of packages of Debian; run apt-get update",
    );
  }
  return mirror;
}
