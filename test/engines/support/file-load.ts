import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Docker, IMAGE } from "./docker.js";

/** So many folders, with so many files in each. */
export interface FileAmount {
  readonly folders: number;
  readonly files: number;
}

/** What a container does with small files, in this order. */
export const FILE_STEPS = ["unpack", "list", "read", "delete"] as const;

/** One of them. */
export type FileStep = (typeof FILE_STEPS)[number];

/** What came of a step. */
export interface FileStepResult {
  /** Of the `docker exec`, in milliseconds. */
  readonly durationMs: number;
  /** What the container said, and after it what the host finds: the same as `expected` where all is well. */
  readonly found: string;
  readonly expected: string;
}

const SCRIPTS: Record<FileStep, string> = {
  unpack: "tar -C /v -xf /packed/many.tar",
  list: "find /v/many -type f -size -2 | wc -l",
  read: "find /v/many -type f -exec cat {} + | md5sum",
  delete: "rm -r /v/many",
};
const DEADLINE_MS = 1_800_000;

/** Makes files of a few bytes, each with others in it, or empty ones. */
export function makeFiles(directory: string, { folders, files }: FileAmount, { empty = false } = {}): void {
  for (let folder = 0; folder < folders; folder += 1) {
    mkdirSync(join(directory, String(folder)), { recursive: true });
    for (let file = 0; file < files; file += 1) {
      writeFileSync(join(directory, `${folder}/${file}`), empty ? "" : `${folder} ${file}\n`);
    }
  }
}

/** Small files in an archive, and containers that unpack it into a directory of the host's, one for each runtime. */
export class FileLoad {
  readonly #docker: Docker;
  readonly #packed: string;
  readonly #count: number;

  private constructor(docker: Docker, packed: string, { folders, files }: FileAmount) {
    this.#docker = docker;
    this.#packed = packed;
    this.#count = folders * files;
  }

  /** Makes the files and their archive. */
  static pack(docker: Docker, amount: FileAmount): FileLoad {
    const packed = docker.world.makeDirectory("packed");
    makeFiles(join(packed, "many"), amount);
    execFileSync("tar", ["-C", packed, "-cf", join(packed, "many.tar"), "many"]);
    return new FileLoad(docker, packed, amount);
  }

  /** Starts a runtime's container. */
  async start(runtime: string): Promise<void> {
    const volumes = ["--volume", `${this.#packed}:/packed:ro`, "--volume", `${this.#directory(runtime)}:/v`];
    await this.#docker.detached("--name", nameOf(runtime), "--runtime", runtime, ...volumes, IMAGE, "sleep", "100000");
  }

  /** Has a runtime's container do a step, and looks at what came of it. */
  async step(runtime: string, step: FileStep): Promise<FileStepResult> {
    const expected = this.#expected(runtime, step);
    const startMs = performance.now();
    const exec = ["exec", nameOf(runtime), "sh", "-c", SCRIPTS[step]];
    const { status, text, stderr } = await this.#docker.run(exec, { deadlineMs: DEADLINE_MS });
    const durationMs = performance.now() - startMs;
    const failure = status === 0 ? "" : `status ${status}`;
    return {
      durationMs,
      found: [text, stderr, failure, this.#found(runtime, step)].filter(Boolean).join("\n"),
      expected,
    };
  }

  /** Removes a runtime's container. */
  async end(runtime: string): Promise<void> {
    await this.#docker.ok("rm", "--force", nameOf(runtime));
  }

  #directory(runtime: string): string {
    return this.#docker.world.makeDirectory(`unpacked-${runtime}`);
  }

  /** Before the step: what the container is to say. */
  #expected(runtime: string, step: FileStep): string {
    if (step === "list") return String(this.#count);
    // The order is the directory's, which is the same for both.
    return step === "read" ? hostSays(SCRIPTS.read.replace("/v", this.#directory(runtime))) : "";
  }

  /** After the step: what is wrong on the host. */
  #found(runtime: string, step: FileStep): string {
    const directory = this.#directory(runtime);
    if (step === "delete") return readdirSync(directory).join("\n");
    if (step !== "unpack") return "";
    const { stdout, stderr } = spawnSync("diff", ["-r", join(this.#packed, "many"), join(directory, "many")], {
      encoding: "utf8",
    });
    return `${stdout}${stderr}`.trim();
  }
}

function nameOf(runtime: string): string {
  return `load-${runtime}`;
}

function hostSays(script: string): string {
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).trim();
}
