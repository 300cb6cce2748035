import { constants } from "node:os";
import type { PlanStage } from "./plan.js";

/** One line of the launcher's on its control socket. */
export type LauncherReport =
  | { readonly kind: "pid"; readonly pid: number }
  | { readonly kind: "barrier"; readonly name: string }
  | { readonly kind: "started" }
  | { readonly kind: "done" }
  | {
      readonly kind: "failed";
      readonly stage: PlanStage;
      readonly index: number;
      readonly errno: string;
      readonly detail: string;
    }
  | { readonly kind: "exited"; readonly status: number };

const STAGES: readonly string[] = ["plan", "cgroup", "before", "between", "clone", "parent", "child"];

const ERRNO_NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** Undoes the launcher's `\xNN`. */
function unescape(text: string): string {
  const bytes = text.replace(/\\x([0-9a-f]{2})/g, (_match, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** Parses a line without its newline; undefined for one that no launcher writes. */
export function parseReport(line: string): LauncherReport | undefined {
  const [kind, ...words] = line.split(" ");
  const number = /^\d{1,10}$/.test(words[0] ?? "") ? Number(words[0]) : undefined;
  switch (kind) {
    case "pid":
      return number === undefined ? undefined : { kind: "pid", pid: number };
    case "barrier":
      return { kind: "barrier", name: unescape(words.join(" ")) };
    case "started":
    case "done":
      return { kind };
    case "failed": {
      const [stage, index, error, ...detail] = words;
      if (stage === undefined || !STAGES.includes(stage)) return undefined;
      const errno = ERRNO_NAMES.get(Number(error)) ?? `errno ${error}`;
      return {
        kind: "failed",
        stage: stage as PlanStage,
        index: Number(index),
        errno,
        detail: unescape(detail.join(" ")),
      };
    }
    case "exited":
      return number === undefined ? undefined : { kind: "exited", status: number };
    case "signaled":
      return number === undefined ? undefined : { kind: "exited", status: 128 + number };
    default:
      return undefined;
  }
}
