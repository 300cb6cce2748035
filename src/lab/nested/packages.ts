import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, TskataError } from "../../common/error.js";
import { runTool } from "../../common/artifacts/run-tool.js";

/** A kernel with every driver, what logs in, what makes initial RAM disks, and a peer for tests of vsock. */
const COMMON = ["linux-image-amd64", "openssh-server", "openssh-sftp-server", "kmod", "busybox-static", "socat"];
/** Xen with its tools, and the QEMU that serves its guests' disks and files. */
const XEN = ["xen-utils-common", "xenstore-utils", "qemu-system-xen"];
/** The hypervisor itself, whose name has its version. */
const XEN_HYPERVISOR = /^xen-hypervisor-([\d.]+)-amd64$/;
/** Downloads and simulations need no lock, so that they need no root either. */
const APT_OPTIONS = ["-q", "--yes", "--no-install-recommends", "--reinstall", "-o", "Debug::NoLocking=1"];
/** A line of a simulated installation: `Inst NAME [OLD] (NEW ...)`. */
const INST = /^Inst (?<name>\S+) (?:\[\S+\] )?\((?<version>\S+)/;

/** A Debian package at a version. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
}

/**
 * The packages that a nested machine takes and this one lacks, as apt's lists have them now.
 *
 * @throws TskataError `not-found` where this is no Debian or its lists don't have them
 */
export async function packagesForNested(signal?: AbortSignal): Promise<DebianPackage[]> {
  const names = [...COMMON, ...XEN, ...(await newestXen(signal))];
  const lines = await apt("choose packages for the nested machine", ["--simulate", "install", ...names], signal);
  return lines.split("\n").flatMap((line) => {
    const { name, version } = INST.exec(line)?.groups ?? {};
    return name === undefined || version === undefined ? [] : [{ name, version }];
  });
}

/**
 * Downloads packages and lays their files into a directory, without any of their scripts.
 *
 * @param tree exists and is empty; gets `bin`, `lib` and `sbin` as links into `usr`, as Debian has them
 * @param scratch a directory for the archives, which the caller removes
 */
export async function unpackPackages(
  packages: readonly DebianPackage[],
  tree: string,
  scratch: string,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(join(scratch, "partial"), { recursive: true });
  const exact = packages.map(({ name, version }) => `${name}=${version}`);
  const into = ["-o", `Dir::Cache::archives=${scratch}`];
  await apt("download packages for the nested machine", [...into, "--download-only", "install", ...exact], signal);
  const link =
    'mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib" && for d in bin sbin lib; do ln -s usr/$d "$1/$d"; done';
  await runTool("lay out the nested machine's files", "sh", ["-euc", link, "sh", tree], { signal });
  const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink --exclude=./usr/share/doc';
  for (const name of (await readdir(scratch)).filter((entry) => entry.endsWith(".deb"))) {
    const what = `unpack ${name} for the nested machine`;
    await runTool(what, "sh", ["-euc", unpack, "sh", join(scratch, name), tree], { signal });
  }
}

/** What belongs to the newest Xen that the lists have. */
async function newestXen(signal?: AbortSignal): Promise<string[]> {
  const what = "look for Xen in apt's lists";
  const names = await runTool(what, "apt-cache", ["pkgnames", "xen-hypervisor-"], { signal });
  const versions = names.split("\n").flatMap((name) => XEN_HYPERVISOR.exec(name)?.[1] ?? []);
  const [newest] = versions.toSorted((a, b) => b.localeCompare(a, "en", { numeric: true }));
  if (newest === undefined) {
    throw new TskataError("not-found", `${what}: no xen-hypervisor-VERSION-amd64 is there; run apt-get update`);
  }
  return [`xen-hypervisor-${newest}-amd64`, `xen-utils-${newest}`];
}

async function apt(what: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  try {
    return await runTool(what, "apt-get", [...APT_OPTIONS, ...args], { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    const text = `${messageOf(cause)}\na nested machine is made of Debian's packages: on Debian 12 or 13, run apt-get update`;
    throw new TskataError("not-found", text, { cause });
  }
}
