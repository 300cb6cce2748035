import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { median } from "../src/common/report/median.js";

const NODE_STARTS = 11;

/** Milliseconds that each of some starts took: every command of ours pays that before its first line. */
function nodeStarts(): number[] {
  return Array.from({ length: NODE_STARTS }, () => {
    const startMs = performance.now();
    execFileSync(process.execPath, ["--eval", "0"]);
    return performance.now() - startMs;
  });
}

/** What a measurement depends on, as `name: value` lines for people. */
export function machineFacts(): string[] {
  const debian = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown";
  const [qemu = ""] = execFileSync("qemu-system-x86_64", ["--version"], { encoding: "utf8" }).split("\n");
  const load = loadavg().map((value) => value.toFixed(1));
  return [
    `processor: ${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()} cores`,
    `memory: ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `system: ${debian}, Linux ${release()}`,
    `programs: ${qemu}; Node ${process.versions.node}`,
    `a start of Node that does nothing: ${median(nodeStarts()).toFixed(0)} ms`,
    `load: ${load.join(" ")}${loadavg().some((value) => value > 1) ? " (not quiet: the figures are too high)" : ""}`,
  ];
}
