import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { errnoName, TskataError } from "../common/error.js";
import { locateArtifacts } from "../host/config/locate-artifacts.js";

/** What the lab takes along to hosts, ready to be sent. */
export interface LabKit {
  /** A directory of this machine. */
  readonly base: string;
  /** Of a kvmtool that is taken along, below `base`. */
  readonly lkvm?: string;
  /** What of it is sent. */
  readonly paths: readonly string[];
  /** Removes the directory. */
  remove(): Promise<void>;
}

/** Beside the folder of the bundle that this module is in: in a checkout below `dist`, and where tskata is installed. */
const FOLDERS = ["host", "libexec", "lab"];
const LKVM = "bin/lkvm";
const XEN_PV_KERNEL = "vmlinux-xen-pv";
const BZ_IMAGE = "bzImage";
/** Maps of sources that the host doesn't have. */
const NEEDLESS = /\.map$/;

/**
 * Lays out tskata as it runs here (its programs, the guest and the lab's suite) as a checkout has it.
 *
 * @param lkvm path of a kvmtool to take along
 * @throws TskataError `not-found` where something of it isn't built
 */
export async function stageKit(lkvm: string | undefined, moduleUrl: string = import.meta.url): Promise<LabKit> {
  const programs = dirname(dirname(fileURLToPath(moduleUrl)));
  const { kernel, image, xenPvKernel } = locateArtifacts({ guest: {} }, moduleUrl);
  const base = await mkdtemp(join(tmpdir(), "tskata-kit-"));
  const remove = (): Promise<void> => rm(base, { recursive: true, force: true });
  try {
    for (const folder of ["bin", "dist/guest"]) await mkdir(join(base, folder), { recursive: true });
    for (const folder of FOLDERS) await take(join(programs, folder), join(base, "dist", folder));
    await take(join(programs, "lab/tskata"), join(base, "bin/tskata"));
    // whatever the directories above it there say
    await writeFile(join(base, "bin/package.json"), '{ "type": "commonjs" }\n');
    for (const file of [kernel, image]) await take(file, join(base, "dist/guest", basename(file)));
    if (lkvm !== undefined) {
      await take(lkvm, join(base, LKVM));
      // the form of the kernel that it loads
      await take(join(dirname(kernel), BZ_IMAGE), join(base, "dist/guest", BZ_IMAGE));
    }
    if (xenPvKernel !== undefined) await take(xenPvKernel, join(base, "dist/guest", XEN_PV_KERNEL));
    const manifest = {
      kernel: basename(kernel),
      image: basename(image),
      ...(xenPvKernel !== undefined && { xenPvKernel: XEN_PV_KERNEL }),
    };
    await writeFile(join(base, "dist/guest/guest.json"), `${JSON.stringify(manifest)}\n`);
    return { base, paths: ["bin", "dist"], ...(lkvm !== undefined && { lkvm: LKVM }), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function take(path: string, as: string): Promise<void> {
  try {
    await cp(path, as, { recursive: true, filter: (source) => !NEEDLESS.test(source) });
  } catch (cause) {
    if (errnoName(cause) !== "ENOENT") throw cause;
    throw new TskataError("not-found", `the lab takes ${path} along, which isn't there: npm run build:guest`, {
      cause,
    });
  }
}
