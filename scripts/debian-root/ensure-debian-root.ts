import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, TskataError } from "../../src/common/error.js";
import { ensureArtifact } from "../../src/common/artifacts/artifact-cache.js";
import { StepCounter, type ReportProgress } from "../../src/common/artifacts/progress.js";
import { runTool } from "../../src/common/artifacts/run-tool.js";
import { debianMirror } from "./debian-mirror.js";

/** A release of Debian, by the number of its os-release(5) and its name in the archive. */
export const DEBIAN_13 = { release: "13", suite: "trixie" } as const;

/** The root filesystem of a Debian, built. */
export interface DebianRoot {
  /** A read-only erofs image. */
  readonly image: string;
  /** What is installed in it, a line `package version` each. */
  readonly packages: string;
}

/** Raised when the same inputs are to give another image. */
const RECIPE = 1;
/** What it has beside tskata's own list: the Node that everything runs on. */
const MORE_PACKAGES = ["nodejs"];
/** Lines in which apt and dpkg tell of a package: fetched, unpacked, set up. */
const STEP = /^(Get:\d|Unpacking |Setting up )/;
const STEPS_PER_PACKAGE = 3;
/** With what the named ones depend on. */
const EXPECTED_PACKAGES = 330;

/**
 * Returns the root filesystem of a Debian with all that `scripts/system-packages.mjs` lists for it, engines
 * included, from the cache, where it is made first if need be: some minutes. The packages are those that the
 * mirror has at that moment; nothing of this machine's Debian is changed.
 *
 * @param checkout of this project
 * @param cache the cache folder
 * @throws TskataError `unavailable` where the packages can't be had
 */
export async function ensureDebianRoot(
  { release, suite }: typeof DEBIAN_13,
  checkout: string,
  cache: string,
  report: ReportProgress,
): Promise<DebianRoot> {
  const list = ["scripts/system-packages.mjs", "--engines", "--release", release, "list"];
  const listed = await runTool("list Debian's packages", process.execPath, list, { cwd: checkout });
  const packages = [...listed.split("\n"), ...MORE_PACKAGES];
  const { directory } = await ensureArtifact(
    cache,
    {
      kind: `debian-${release}`,
      inputs: { recipe: RECIPE, suite, packages },
      async build(output) {
        const tree = join(output, "tree");
        await mkdir(tree);
        await installDebian(release, suite, packages, tree, report);
        const admindir = `--admindir=${join(tree, "var/lib/dpkg")}`;
        const format = "${Package} ${Version}\\n";
        const stage = `pack the root of Debian ${release}`;
        report({ stage, fraction: 0 });
        await writeFile(
          join(output, "packages.txt"),
          `${await runTool(stage, "dpkg-query", [admindir, "--show", `--showformat=${format}`])}\n`,
        );
        await runTool(stage, "mkfs.erofs", ["--quiet", "-zlz4", join(output, "root.erofs"), tree]);
        report({ stage, fraction: 1 });
      },
    },
    report,
  );
  return { image: join(directory, "root.erofs"), packages: join(directory, "packages.txt") };
}

async function installDebian(
  release: string,
  suite: string,
  packages: readonly string[],
  tree: string,
  report: ReportProgress,
): Promise<void> {
  const mirror = await debianMirror();
  const counter = new StepCounter(`install Debian ${release}`, EXPECTED_PACKAGES * STEPS_PER_PACKAGE, report);
  const options = ["--mode=root", "--format=directory", "--variant=minbase", "--verbose"];
  try {
    await runTool(
      `install Debian ${release}`,
      "mmdebstrap",
      [...options, `--include=${packages.join(",")}`, suite, tree, mirror],
      { onLine: (line) => STEP.test(line) && counter.step() },
    );
  } catch (cause) {
    if (cause instanceof TskataError && cause.code === "not-found") throw cause;
    throw new TskataError("unavailable", `${messageOf(cause)}\nsee that ${mirror} can be reached and has ${suite}`, {
      cause,
    });
  }
  counter.finish();
}
