import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { TskataError } from "../src/common/error.js";
import { fileSha256 } from "../src/common/artifacts/fingerprint.js";
import type { Inputs } from "../src/common/artifacts/fingerprint.js";
import { runTool } from "../src/common/artifacts/run-tool.js";
import { AGENT_FOLDER } from "./image-tree.js";

/** A static C program of the guest. */
export interface StaticProgram {
  /** Folder below `src/agent/launcher` with its own sources. */
  name: "init" | "launcher";
  /** Absolute path in the image. */
  target: string;
}

/** PID 1, and the program that starts a container's processes. */
export const STATIC_PROGRAMS: readonly StaticProgram[] = [
  { name: "init", target: "/usr/sbin/init" },
  { name: "launcher", target: `${AGENT_FOLDER}/launcher` },
];

const COMPILE_FLAGS = ["-static", "-O2", "-Wall", "-Wextra", "-Werror", "-s", "-Wl,--build-id=none"];
const SOURCES = "src/agent/launcher";
/** Sources that every program is linked with. */
const SHARED_SOURCES = "common";
/** Headers that programs of the guest share with those of the host. */
const CONTRACT = "src/protocol/seccomp";

/** What the compiled programs depend on. */
export async function staticProgramInputs(root: string): Promise<Inputs> {
  const folders = [SHARED_SOURCES, ...STATIC_PROGRAMS.map((program) => program.name)];
  const sources: Record<string, string> = {};
  for (const folder of folders) {
    for (const file of await sourceFiles(root, folder, /\.[ch]$/)) sources[file] = await fileSha256(join(root, file));
  }
  for (const file of await filesOf(root, CONTRACT, /\.h$/)) sources[file] = await fileSha256(join(root, file));
  const compiler = (await runTool("find the version of gcc", "gcc", ["--version"])).split("\n")[0] ?? "";
  const libc = await runTool("find the static C library", "gcc", ["-print-file-name=libc.a"]);
  if (!libc.startsWith("/")) throw new TskataError("not-found", "no static C library: install libc6-dev");
  return { flags: COMPILE_FLAGS, compiler, libc: await fileSha256(libc), sources };
}

/**
 * Compiles one of the guest's C programs.
 *
 * @param root the checkout
 * @param output path of the program
 */
export async function compileStaticProgram(root: string, program: StaticProgram, output: string): Promise<void> {
  const own = await sourceFiles(root, program.name, /\.c$/);
  if (own.length === 0) throw new TskataError("not-found", `${SOURCES}/${program.name} holds no C source`);
  const sources = [...(await sourceFiles(root, SHARED_SOURCES, /\.c$/)), ...own];
  await runTool(`compile ${program.name}`, "gcc", [...COMPILE_FLAGS, "-o", output, ...sources], { cwd: root });
}

function sourceFiles(root: string, folder: string, pattern: RegExp): Promise<string[]> {
  return filesOf(root, `${SOURCES}/${folder}`, pattern);
}

/** Files of a folder, relative to the checkout, sorted. */
async function filesOf(root: string, folder: string, pattern: RegExp): Promise<string[]> {
  const names = (await readdir(join(root, folder))).filter((name) => pattern.test(name)).sort();
  return names.map((name) => `${folder}/${name}`);
}
