import type { Test } from "tap";

/** Notes a measurement in the test's output, where the report finds it (src/lab/report/read-tap.ts). */
export function measured(t: Test, name: string, unit: "ms" | "MB/s", value: number): void {
  t.comment(`measured ${JSON.stringify({ name, unit, value: Math.round(value * 100) / 100 })}`);
}
