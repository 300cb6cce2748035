import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";

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
    `load: ${load.join(" ")}${loadavg().some((value) => value > 1) ? " (not quiet: the figures are too high)" : ""}`,
  ];
}
