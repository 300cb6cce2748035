import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoName, TskataError } from "../src/common/error.js";
import { fileSha256 } from "../src/common/artifacts/fingerprint.js";

/**
 * The kernel series that have a fragment of their own, the preferred one
 * first: 6.1 starts 0.1 s sooner under TCG, and Debian 12 has both.
 */
export const KERNEL_SERIES = ["6.1", "6.12"] as const;

/** A kernel series, as in the name of Debian's package `linux-source-<series>`. */
export type KernelSeries = (typeof KERNEL_SERIES)[number];

/** Debian's kernel source on this machine. */
export interface LinuxSource {
  series: KernelSeries;
  /** Path of `linux-source-<series>.tar.xz`. */
  tarball: string;
  /** Digest of the tarball, with the algorithm in front. */
  digest: string;
}

/** Where the source package lies and dpkg's records are; a test has its own. */
export interface SourcePlaces {
  /** Folder of the tarballs. */
  sources: string;
  /** Folder of `<package>.md5sums`. */
  dpkgInfo: string;
}

const DEBIAN: SourcePlaces = { sources: "/usr/src", dpkgInfo: "/var/lib/dpkg/info" };

/**
 * Finds the preferred kernel source among those that are installed.
 *
 * @throws TskataError `not-found` where there is none
 */
export async function findLinuxSource(places: SourcePlaces = DEBIAN): Promise<LinuxSource> {
  const names = await readdir(places.sources);
  for (const series of KERNEL_SERIES) {
    const name = `linux-source-${series}.tar.xz`;
    if (!names.includes(name)) continue;
    const tarball = join(places.sources, name);
    return { series, tarball, digest: (await packagedDigest(places, series)) ?? `sha256:${await fileSha256(tarball)}` };
  }
  const wanted = KERNEL_SERIES.map((series) => `linux-source-${series}`).join(" or ");
  throw new TskataError(
    "not-found",
    `no kernel source in ${places.sources}: install ${wanted} (apt-get install linux-source)`,
  );
}

/** The digest that dpkg recorded: reading it spares hashing 130 MB at every start. */
async function packagedDigest(places: SourcePlaces, series: KernelSeries): Promise<string | undefined> {
  try {
    const sums = await readFile(join(places.dpkgInfo, `linux-source-${series}.md5sums`), "utf8");
    const digest = new RegExp(`^([0-9a-f]{32})  \\S*linux-source-${series}\\.tar\\.xz$`, "m").exec(sums)?.[1];
    return digest === undefined ? undefined : `md5:${digest}`;
  } catch (error) {
    if (errnoName(error) === "ENOENT") return undefined;
    throw error;
  }
}
