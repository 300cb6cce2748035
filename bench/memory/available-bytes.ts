import { readFileSync } from "node:fs";

/** Memory that the host can give to programs without swapping, in bytes (proc_meminfo(5)). */
export function availableBytes(): number {
  return Number(/^MemAvailable: +(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0) * 1024;
}
