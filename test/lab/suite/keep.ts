import { readdirSync, readFileSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { errnoName } from "../../../src/common/error.js";

/** Seconds without a sign of life from the other side after which it is gone. */
const SILENCE_S = 90;
const TEMPORARY = "tmp";

/**
 * Stays as long as somebody is at the other end of standard input, and says so from time to time. Then it ends
 * whatever runs out of the lab's directory, and removes that: so that nothing is left on a host to which the connection
 * was lost.
 *
 * @param directory of the lab on this host, which is in the environment of what it runs as `TSKATA_LAB`
 */
export async function keep(directory: string): Promise<void> {
  await silence();
  endProcesses(directory, "SIGKILL", (command) => command.includes("suite.mjs"));
  removeContainers(directory);
  endProcesses(directory, "SIGKILL", () => true);
  rmSync(directory, { recursive: true, force: true });
}

/** Settles at the end of standard input, or when nothing came for too long. */
function silence(): Promise<void> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin });
    let timer = setTimeout(() => lines.close(), SILENCE_S * 1000);
    lines.on("line", () => {
      clearTimeout(timer);
      timer = setTimeout(() => lines.close(), SILENCE_S * 1000);
    });
    lines.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
    // a hangup comes with the end of standard input
    process.on("SIGHUP", () => lines.close());
  });
}

/** By force, by way of tskata itself, which knows what belongs to a container; then its templates. */
function removeContainers(directory: string): void {
  const command = join(directory, "bin/tskata");
  const temporary = join(directory, TEMPORARY);
  for (const name of entries(temporary)) {
    const own = join(temporary, name);
    const env = { ...process.env, TSKATA_CONFIG: join(own, "config.toml") };
    const options = { env, stdio: "ignore", timeout: SILENCE_S * 1000 } as const;
    const root = ["--root", join(own, "state")];
    for (const id of entries(join(own, "state"))) spawnSync(command, [...root, "delete", "--force", id], options);
    // whoever holds a template ends with its files
    rmSync(join(own, "templates"), { recursive: true, force: true });
  }
}

/** Ends the processes that have the directory in their environment, and that are chosen by their command line. */
function endProcesses(directory: string, signal: NodeJS.Signals, chosen: (command: string) => boolean): void {
  for (const pid of entries("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      if (!environment.includes(`TSKATA_LAB=${directory}`)) continue;
      if (chosen(readFileSync(`/proc/${pid}/cmdline`, "utf8"))) process.kill(Number(pid), signal);
    } catch (error) {
      // it went by itself, or is somebody else's
      if (!["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(errnoName(error) ?? "")) throw error;
    }
  }
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errnoName(error) === "ENOENT") return [];
    throw error;
  }
}
