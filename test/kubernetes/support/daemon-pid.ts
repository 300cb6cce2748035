import { readdirSync, readFileSync } from "node:fs";

/**
 * The process id of one of the cluster's programs.
 *
 * @param name its first word, such as `kubelet`
 * @throws Error where it doesn't run
 */
export function daemonPid(name: string): number {
  const found = readdirSync("/proc").find((entry) => /^\d+$/.test(entry) && wordsOf(entry)[0] === name);
  if (found === undefined) throw new Error(`no ${name} runs`);
  return Number(found);
}

function wordsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return []; // gone
  }
}
