import { copyFile, cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { cacheDirectory, ensureArtifact } from "../../common/artifacts/artifact-cache.js";
import type { ReportProgress } from "../../common/artifacts/progress.js";
import { runTool } from "../../common/artifacts/run-tool.js";
import { TskataError } from "../../common/error.js";
import { packInitramfs } from "./initramfs.js";
import { earlyModules } from "./modules.js";
import { type DebianPackage, packagesForNested, unpackPackages } from "./packages.js";
import { INIT_SCRIPT, startScript } from "./scripts.js";

/** What nested machines boot: absolute paths. */
export interface LabRoot {
  readonly kernel: string;
  /** An initial RAM disk, without the keys of a start. */
  readonly initrd: string;
  /** The hypervisor, for a machine that is Xen's dom0. */
  readonly xen: string;
  /** A read-only image of the packages that this machine lacks. */
  readonly packages: string;
}

/** Raised when the same packages are to give other files. */
const RECIPE = 1;

/**
 * What nested machines boot, made of Debian's packages and kept in the cache under a hash of their versions.
 *
 * @throws TskataError `not-found` where this machine's apt doesn't have them
 */
export async function ensureLabRoot(report: ReportProgress, signal?: AbortSignal): Promise<LabRoot> {
  const packages = await packagesForNested(signal);
  const start = startScript(searchPath());
  const { directory } = await ensureArtifact(
    cacheDirectory(),
    {
      kind: "lab",
      inputs: {
        recipe: RECIPE,
        packages: packages.map(({ name, version }) => `${name}=${version}`),
        scripts: [INIT_SCRIPT, start],
      },
      build: (output) => build(packages, start, output, report, signal),
    },
    report,
  );
  const file = (name: string): string => join(directory, name);
  return { kernel: file("vmlinuz"), initrd: file("initrd"), xen: file("xen"), packages: file("packages.erofs") };
}

/** Where those who log in look for programs: this machine's, its Node first. */
function searchPath(): string {
  const usual = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  return [...new Set([dirname(process.execPath), ...usual])].join(":");
}

async function build(
  packages: readonly DebianPackage[],
  start: string,
  output: string,
  report: ReportProgress,
  signal?: AbortSignal,
): Promise<void> {
  const tree = join(output, "tree");
  const scratch = join(output, "archives");
  for (const directory of [tree, scratch]) await mkdir(directory);
  report({ stage: `download ${packages.length} packages for the nested machine`, fraction: 0 });
  await unpackPackages(packages, tree, scratch, signal);
  report({ stage: "make the nested machine", fraction: 0.5 });
  const modules = join(tree, "usr/lib/modules");
  const [version] = await readdir(modules);
  if (version === undefined)
    throw new TskataError("internal", `the nested machine's kernel has no modules: ${modules}`);
  // kmod is depmod where it is called so
  await runAs("depmod", join(tree, "usr/bin/kmod"), ["-b", tree, version]);
  await copyFile(join(tree, "boot", `vmlinuz-${version}`), join(output, "vmlinuz"));
  const xen = (await readdir(join(tree, "boot"))).find((name) => /^xen-[\d.]+-amd64\.gz$/.test(name));
  if (xen === undefined) throw new TskataError("internal", "the nested machine's packages have no Xen");
  await pipeline(createReadStream(join(tree, "boot", xen)), createGunzip(), createWriteStream(join(output, "xen")));
  const ramDisk = join(output, "ram-disk");
  await fillRamDisk(ramDisk, { busybox: join(tree, "usr/bin/busybox"), modules: join(modules, version), start });
  await packInitramfs(ramDisk, join(output, "initrd"), signal);
  await rm(join(tree, "boot"), { recursive: true });
  const pack = ["--quiet", "-T0", "-zlz4", join(output, "packages.erofs"), tree];
  await runTool("pack the nested machine's packages", "mkfs.erofs", pack, { signal });
  report({ stage: "make the nested machine", fraction: 1 });
}

/** Everything that is on an initial RAM disk but the keys. */
async function fillRamDisk(
  directory: string,
  { busybox, modules, start }: { busybox: string; modules: string; start: string },
): Promise<void> {
  for (const folder of ["bin", "modules", "proc", "dev", "lower", "packages", "rw", "root"]) {
    await mkdir(join(directory, folder), { recursive: true });
  }
  await cp(busybox, join(directory, "bin/busybox"));
  const order: string[] = [];
  for (const module of await earlyModules(modules)) {
    const name = basename(module, ".xz");
    order.push(name);
    const target = join(directory, "modules", name);
    if (module.endsWith(".xz")) await runTool("unpack a kernel module", "sh", ["-euc", UNXZ, "sh", module, target]);
    else await copyFile(module, target);
  }
  await writeFile(join(directory, "modules/order"), `${order.join("\n")}\n`);
  await writeFile(join(directory, "init"), INIT_SCRIPT, { mode: 0o755 });
  await writeFile(join(directory, "lab-start"), start, { mode: 0o755 });
}

const UNXZ = 'xz -dc "$1" > "$2"';

/** Runs a program that looks at the name it is called by. */
function runAs(name: string, file: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { argv0: name, stdio: ["ignore", "ignore", "inherit"] });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new TskataError("internal", `${name} ${args.join(" ")}: exit status ${code}`));
    });
  });
}
