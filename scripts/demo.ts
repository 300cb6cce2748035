import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../src/common/error.js";
import type { Spec } from "../src/oci/config.js";
import { makeBusyboxRootfs } from "./demo/busybox-rootfs.js";

/** What the container prints about itself. */
const SCRIPT = `
echo "hello from a container in a VM of its own"
echo "  kernel    $(uname -r)"
echo "  host name $(hostname)"
echo "  my pid    $$"
echo "  my uid    $(id -u)"
echo "  memory    $(free -m | awk '/^Mem:/ { print $2 }') MiB"
echo "  cpus      $(nproc)"
`;

/** Makes a busybox bundle and runs it, as a person would with `tskata run`. */
async function main(): Promise<number> {
  const tskata = join(process.cwd(), "bin/tskata");
  const bundle = await mkdtemp(join(tmpdir(), "tskata-demo-"));
  try {
    makeBusyboxRootfs(join(bundle, "rootfs"));
    const specStatus = await run(tskata, ["spec", "--bundle", bundle]);
    if (specStatus !== 0) return specStatus;
    await adapt(join(bundle, "config.json"));
    console.log(`this machine's kernel is ${release()}; bin/tskata run says:`);
    return await run(tskata, ["run", "--bundle", bundle, `demo-${process.pid}`]);
  } finally {
    await rm(bundle, { recursive: true, force: true });
  }
}

async function adapt(path: string): Promise<void> {
  const spec = JSON.parse(await readFile(path, "utf8")) as Spec;
  const process = { ...spec.process, terminal: false, args: ["/bin/sh", "-c", SCRIPT] };
  await writeFile(path, JSON.stringify({ ...spec, hostname: "tskata-demo", process }));
}

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "inherit" });
    for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
    child.on("error", reject);
    child.on("exit", (status) => resolve(status ?? 1));
  });
}

// Ctrl-C reaches the command itself as well: it ends, and then we tidy up.
process.on("SIGINT", () => undefined);
main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    console.error(messageOf(error));
    process.exitCode = 1;
  },
);
