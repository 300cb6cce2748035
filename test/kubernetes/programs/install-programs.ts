import { copyFileSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../scripts/artifacts/repository-root.js";
import { cacheDirectory, ensureArtifact } from "../../../src/common/artifacts/artifact-cache.js";
import { runTool } from "../../../src/common/artifacts/run-tool.js";

const SOURCES = "test/kubernetes/programs";
const FILES = ["go.mod", "main.go"];
const MODULE = "k8s.io/kubernetes";
/** The one program that is built. */
const PROGRAM = "kubernetes";
/** What it does the work of, by the names that it may be called by. */
const NAMES = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
  "kubectl",
] as const;

/** A program of a cluster. */
export type ClusterProgram = (typeof NAMES)[number];

/**
 * Builds the programs of a cluster, Kubernetes and etcd of the versions that
 * `go.mod` beside this file leads to, and keeps them in the cache. That takes
 * half an hour and more where Go's own cache has none of them.
 *
 * @returns the folder that has them
 * @throws TskataError `not-found` without Go, `internal` where it fails
 */
export async function installPrograms(): Promise<string> {
  const source = (name: string): string => join(repositoryRoot(import.meta.url), SOURCES, name);
  const texts = Object.fromEntries(FILES.map((name) => [name, readFileSync(source(name), "utf8")]));
  const recipe = {
    kind: "kubernetes",
    inputs: texts,
    build: async (directory: string) => {
      for (const name of FILES) copyFileSync(source(name), join(directory, name));
      const env = { CGO_ENABLED: "0", GOFLAGS: "-mod=mod -trimpath -buildvcs=false", GOTOOLCHAIN: "auto" };
      const flags = ["-ldflags", `-s -w ${versionFlags(versionIn(texts["go.mod"] ?? ""))}`];
      const build = ["go", "build", ...flags, "-o", PROGRAM, "."];
      await runTool("build Kubernetes", "nice", ["-n", "19", ...build], { cwd: directory, env });
      for (const name of NAMES) symlinkSync(PROGRAM, join(directory, name));
    },
  };
  return (await ensureArtifact(cacheDirectory(), recipe, () => undefined)).directory;
}

/** The version that the module is required in, such as `v1.34.4`. */
function versionIn(module: string): string {
  const version = new RegExp(`^require ${MODULE} (v\\S+)$`, "m").exec(module)?.[1];
  if (version === undefined) throw new Error(`${SOURCES}/go.mod: no line that requires ${MODULE}`);
  return version;
}

/** What a release is told of its own version; kubelets and servers compare theirs. */
function versionFlags(version: string): string {
  const [major = "", minor = ""] = version.slice(1).split(".");
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  return Object.entries(values)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(" ");
}
