import { join } from "node:path";
import { Docker } from "../../test/engines/support/docker.js";
import { FILE_STEPS, FileLoad } from "../../test/engines/support/file-load.js";
import { unlessInstalled } from "../../test/engines/support/installed.js";
import { importTools, PYTHON, TOOLS_IMAGE } from "../../test/engines/support/tools-image.js";
import { DOCKER_RUNTIMES, type DockerRuntime } from "../engines/bench-docker.js";
import { Teardowns } from "../engines/teardowns.js";
import type { Row } from "../figure.js";
import { FileServerWatch } from "./file-server-watch.js";

const FIXTURES = join(process.cwd(), "test/engines/fixtures");
const FOLDERS = 100;
const CALLS = [PYTHON, "-I", "/fixtures/file-calls.py", "/v"];

/** What came of many files. */
export interface FilesResult {
  /** Seconds of each step, one sample for each runtime. */
  readonly rows: readonly Row[];
  /** What the file server held. */
  readonly notes: readonly string[];
  /** Contents that are not what they should be, and calls that failed. */
  readonly failures: string[];
}

/**
 * Has a container of each runtime unpack, list, read and delete small files on
 * a bind mount, in turns, and try what programs do with files
 * (test/engines/fixtures/file-calls.py); and watches the file server meanwhile.
 *
 * @param count of files, rounded up to hundreds
 * @param print hears of each step
 */
export async function filesUnderLoad(
  count: number,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<FilesResult> {
  const missing = unlessInstalled("docker");
  if (missing !== false) throw new Error(missing);
  const teardowns = new Teardowns();
  try {
    const docker = await Docker.start(teardowns);
    await importTools(docker, [PYTHON]);
    const files = Math.ceil(count / FOLDERS);
    print(`packing ${FOLDERS * files} files`);
    const load = FileLoad.pack(docker, { folders: FOLDERS, files });
    for (const runtime of DOCKER_RUNTIMES) await load.start(runtime);
    const watch = FileServerWatch.start(docker.world.marker);
    teardowns.teardown(() => watch.stop());
    const rows: Row[] = [];
    const failures: string[] = [];
    const take = async (name: string, sample: (runtime: DockerRuntime) => Promise<Sample>): Promise<void> => {
      const samples: Record<DockerRuntime, number[]> = { tskata: [], runc: [] };
      for (const runtime of DOCKER_RUNTIMES) {
        signal.throwIfAborted();
        print(`${name}: ${runtime}`);
        const { durationMs, failure } = await sample(runtime);
        samples[runtime].push(durationMs / 1000);
        if (failure !== "") failures.push(`${name}, ${runtime}: ${failure}`);
      }
      rows.push({ name, unit: "s", samples, limits: {} });
    };
    for (const step of FILE_STEPS) {
      await take(`${step} ${FOLDERS * files}`, async (runtime) => {
        const { durationMs, found, expected } = await load.step(runtime, step);
        if (runtime === "tskata") watch.look();
        return { durationMs, failure: found === expected ? "" : `expected ${expected || "nothing"}, found ${found}` };
      });
    }
    watch.stop();
    await take("calls", (runtime) => tryCalls(docker, runtime));
    for (const runtime of DOCKER_RUNTIMES) await load.end(runtime);
    return { rows, notes: [watch.summary()], failures: [...failures, ...watch.failures()] };
  } finally {
    await teardowns.run();
  }
}

/** How long something took, and what went wrong; nothing where that is empty. */
interface Sample {
  readonly durationMs: number;
  readonly failure: string;
}

async function tryCalls(docker: Docker, runtime: DockerRuntime): Promise<Sample> {
  const volume = `${docker.world.makeDirectory(`calls-${runtime}`)}:/v`;
  const mounts = ["--volume", volume, "--volume", `${FIXTURES}:/fixtures:ro`];
  const startMs = performance.now();
  const { status, stderr } = await docker.once("--runtime", runtime, ...mounts, TOOLS_IMAGE, ...CALLS);
  return { durationMs: performance.now() - startMs, failure: status === 0 ? "" : `status ${status}: ${stderr}` };
}
