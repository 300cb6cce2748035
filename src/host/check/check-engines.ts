import { execFileSync } from "node:child_process";
import { findProgram } from "./check-programs.js";
import type { Finding } from "./finding.js";

const VERSION_TIMEOUT_MS = 5000;

/** Engines that tskata can be plugged into, with the file where that is done. */
const ENGINES = [
  {
    name: "docker",
    program: "dockerd",
    remedy: 'add "runtimes": {"tskata": {"path": "PATH/OF/tskata"}} to /etc/docker/daemon.json',
  },
  { name: "podman", program: "podman", remedy: "podman --runtime PATH/OF/tskata run ..." },
  { name: "containerd", program: "containerd", remedy: "ctr run --runc-binary PATH/OF/tskata ..." },
] as const;

/** The engines of this machine, and how each is told of tskata. */
export function checkEngines(searchPath?: string): Finding[] {
  return ENGINES.map(({ name, program, remedy }) => {
    const path = findProgram(program, searchPath);
    return path === undefined
      ? { subject: name, level: "ok", detail: "not installed (not needed to run bundles)" }
      : { subject: name, level: "ok", detail: `${versionOf(path)}; to use tskata: ${remedy}` };
  });
}

function versionOf(path: string): string {
  try {
    return execFileSync(path, ["--version"], { encoding: "utf8", timeout: VERSION_TIMEOUT_MS }).trim();
  } catch (error) {
    return `${path} does not tell its version (${error instanceof Error ? error.message : String(error)})`;
  }
}
