import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { parseArgs } from "node:util";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";
import { messageOf } from "../../src/common/error.js";
import { RUNC_SHIM } from "../conformance/cri/containerd-configuration.js";
import { containerdMajor } from "../conformance/cri/containerd-major.js";
import { runWorldProgram } from "../conformance/cri/run-world-program.js";
import { checkMachine } from "./check-machine.js";
import { installHelm } from "./programs/install-helm.js";
import { installPrograms } from "./programs/install-programs.js";
import type { ClusterOrder } from "./world-main.js";

const USAGE = `usage: npm run test:kubernetes -- [--command TEXT] [part of a test's path ...]

  --command TEXT  run this in a shell beside the cluster, instead of the tests: with kubectl, for one`;
/** What a pod's RuntimeClass names, beside runc. */
const SHIM = "bin/containerd-shim-tskata-v2";
const RUNTIMES: ClusterOrder["containerd"]["runtimes"] = {
  runc: { type: RUNC_SHIM },
  tskata: { type: "io.containerd.tskata.v2" },
};

/** Runs the tests of the tier `kubernetes`, or a person's command, beside a cluster that is made for them. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { command: { type: "string" }, help: { type: "boolean", default: false } },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  checkMachine();
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  const root = repositoryRoot(import.meta.url);
  const programs = [await installPrograms(), await installHelm()];
  const directory = mkdtempSync(join(tmpdir(), "kubernetes-"));
  chmodSync(directory, 0o711);
  console.log(`logs: ${directory}, which stays if something fails`);
  const shims = join(directory, "bin");
  mkdirSync(shims);
  symlinkSync(join(root, SHIM), join(shims, basename(SHIM)));
  const path = [shims, ...programs, process.env["PATH"]].join(delimiter);
  const tests = [join(root, "build/scripts/run-tests.mjs"), "--tier", "kubernetes", "--jobs", "1", ...positionals];
  const order: ClusterOrder = {
    directory,
    containerd: { major: containerdMajor(path), runtimes: RUNTIMES, families: ["ipv4"] },
    workingDirectory: root,
    command: values.command === undefined ? [process.execPath, ...tests] : ["sh", "-c", values.command],
  };
  const onOutput = (chunk: Buffer): boolean => process.stdout.write(chunk);
  const { status } = await runWorldProgram({
    name: "kubernetes-world",
    order,
    directory,
    path,
    onOutput,
    signal: interrupted.signal,
  });
  process.exitCode = status ?? 1;
  if (status === 0) rmSync(directory, { recursive: true });
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 2;
});
