import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory, ensureArtifact } from "../../../src/common/artifacts/artifact-cache.js";
import { runTool } from "../../../src/common/artifacts/run-tool.js";
import type { CaseResult, Outcome } from "../case-result.js";
import { isolatedRun } from "../isolated-run.js";
import { parseTap } from "../parse-tap.js";
import type { Suite, SuiteRun } from "../suite.js";

const PROGRAM_TIMEOUT_MS = 120_000;
const ROOTFS = "rootfs-amd64.tar.gz";
/** What each program needs beside it. */
const COMPANIONS = ["runtimetest", ROOTFS];
/** The newest release of the suite, with libraries of its time: newer ones have other types. */
const GO_MODULE = `module conformance
go 1.18
require github.com/opencontainers/runtime-tools v0.9.0
require github.com/sirupsen/logrus v1.8.1
require github.com/urfave/cli v1.22.5
require github.com/mrunalp/fileutils v0.5.0
require golang.org/x/sys v0.1.0
replace github.com/opencontainers/runtime-spec => github.com/opencontainers/runtime-spec v1.0.2
replace github.com/opencontainers/selinux => github.com/opencontainers/selinux v1.0.0
`;
/** Programs of later ones raise their own limit of open files before they look at it. */
const GO_TOOLCHAIN = "go1.18.10";
const PACKAGES = ["cmd/runtimetest", "validation/..."].map((name) => `github.com/opencontainers/runtime-tools/${name}`);

/**
 * The `validation` programs of opencontainers/runtime-tools: from the folder
 * that `RUNTIME_TOOLS_BIN` names (with `runtimetest` and `rootfs-amd64.tar.gz`
 * beside them), or else installed by Go.
 */
export const runtimeTools: Suite = {
  name: "runtime-tools",
  async prepare() {
    const folder = process.env["RUNTIME_TOOLS_BIN"] ?? (await install());
    if (folder === undefined)
      return "the program go, which installs it, isn't there, and RUNTIME_TOOLS_BIN names no folder";
    const files = readdirSync(folder).filter((file) => !COMPANIONS.includes(file) && file !== "manifest.json");
    return { files, oneAtATime: true, run: (file, run) => runProgram(folder, file, run) };
  },
};

/** Answers the folder in the cache, or undefined where there is no Go. */
async function install(): Promise<string | undefined> {
  const path = (process.env["PATH"] ?? "").split(":");
  if (!path.some((folder) => existsSync(join(folder, "go")))) return undefined;
  const recipe = {
    kind: "runtime-tools",
    inputs: { module: GO_MODULE, packages: PACKAGES.join(" "), toolchain: GO_TOOLCHAIN },
    build: async (directory: string) => {
      const module = join(directory, "module");
      mkdirSync(module);
      writeFileSync(join(module, "go.mod"), GO_MODULE);
      const env = {
        GOBIN: directory,
        GOFLAGS: "-mod=mod -modcacherw",
        GOTOOLCHAIN: GO_TOOLCHAIN,
        CGO_ENABLED: "0",
      };
      await runTool("install runtime-tools", "go", ["install", ...PACKAGES], { cwd: module, env });
      const list = ["list", "-m", "-f", "{{.Dir}}", "github.com/opencontainers/runtime-tools"];
      const source = (await runTool("find runtime-tools", "go", list, { cwd: module, env })).trim();
      copyFileSync(join(source, ROOTFS), join(directory, ROOTFS));
    },
  };
  return (await ensureArtifact(cacheDirectory(), recipe, () => undefined)).directory;
}

async function runProgram(folder: string, file: string, run: SuiteRun): Promise<CaseResult[]> {
  const scratch = join(run.directory, file);
  mkdirSync(scratch, { recursive: true });
  for (const name of COMPANIONS) copyFileSync(join(folder, name), join(scratch, name));
  const { output, status } = await isolatedRun(
    {
      command: [join(folder, file)],
      directory: scratch,
      env: { RUNTIME: run.runtime, TMPDIR: scratch },
      logPath: join(run.directory, `${file}.log`),
      timeoutMs: PROGRAM_TIMEOUT_MS,
      terminal: false,
      unifiedCgroups: false,
    },
    run.signal,
  );
  const name = file.replace(/\.t$/, "");
  return [{ file: name, name, outcome: outcomeOf(name, output, status) }];
}

/** Some programs print no assertion: those tell of a failure in a YAML block. */
function outcomeOf(name: string, output: string, status: number | null): Outcome {
  const outcomes = parseTap(name, output)
    .filter((result) => !/# *todo\b/i.test(result.name))
    .map(({ outcome }) => outcome);
  if (status !== 0 || output.includes("panic:") || outcomes.includes("fail")) return "fail";
  if (outcomes.length === 0) return /^ {4}"error": ".+"/m.test(output) ? "fail" : "pass";
  return outcomes.includes("pass") ? "pass" : "skip";
}
