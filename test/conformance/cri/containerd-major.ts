import { execFileSync } from "node:child_process";

/**
 * The first number of the version of the containerd in a search path.
 *
 * @throws Error where it says none
 */
export function containerdMajor(path: string): number {
  const said = execFileSync("containerd", ["--version"], { encoding: "utf8", env: { PATH: path } });
  const major = /\bv?(\d+)\.\d+\.\d/.exec(said)?.[1];
  if (major === undefined) throw new Error(`can't tell containerd's version from: ${said.trim()}`);
  return Number(major);
}
