import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeBusyboxRootfs } from "../../../scripts/demo/busybox-rootfs.js";
import { IMAGE_PATH } from "./busybox-image.js";
import type { Docker } from "./docker.js";

/** The image that `importTools` makes. */
export const TOOLS_IMAGE = "local/tools:1";

/** Debian's Python, whatever else is installed on this machine. */
export const PYTHON = "/usr/bin/python3";

/**
 * Imports an image of busybox and programs of this machine, each where it is here, with the shared libraries
 * that it takes.
 *
 * @param programs absolute paths; with `PYTHON` comes its standard library
 * @param folders absolute paths of what comes as it is
 */
export async function importTools(
  docker: Docker,
  programs: readonly string[],
  folders: readonly string[] = [],
): Promise<void> {
  const rootfs = join(docker.world.directory, "tools");
  const archive = `${rootfs}.tar`;
  makeBusyboxRootfs(rootfs);
  for (const program of programs) copyProgram(rootfs, program);
  if (programs.includes(PYTHON)) copyPythonLibrary(rootfs);
  for (const folder of folders) cpSync(folder, join(rootfs, folder), { recursive: true, verbatimSymlinks: true });
  execFileSync("tar", ["-C", rootfs, "-cf", archive, "."]);
  await docker.ok("import", "-c", IMAGE_PATH, "-c", 'CMD ["sh"]', archive, TOOLS_IMAGE);
}

function copyProgram(rootfs: string, program: string): void {
  for (const path of [program, ...sharedLibraries(program)]) {
    const copy = join(rootfs, path);
    if (existsSync(copy)) continue;
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(path, copy);
  }
}

/** Its modules, and the libraries of those that are compiled. */
function copyPythonLibrary(rootfs: string): void {
  const ask = "import sysconfig; print(sysconfig.get_path('stdlib'))";
  const library = execFileSync(PYTHON, ["-I", "-c", ask], { encoding: "utf8" }).trim();
  const wanted = (path: string): boolean => !/\/(test|__pycache__|config-[^/]+|idlelib|tkinter)$/.test(path);
  cpSync(library, join(rootfs, library), { recursive: true, filter: wanted, verbatimSymlinks: true });
  for (const name of ["_ctypes", "_sqlite3"]) {
    const [module] = execFileSync("find", [join(library, "lib-dynload"), "-name", `${name}.*.so`], { encoding: "utf8" })
      .split("\n")
      .filter(Boolean);
    if (module === undefined) throw new Error(`${library} has no module ${name}`);
    copyProgram(rootfs, module);
  }
}

/** Absolute paths, as ldd(1) finds them. */
function sharedLibraries(program: string): string[] {
  const found = execFileSync("ldd", [program], { encoding: "utf8" });
  return [...found.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path ?? "");
}
