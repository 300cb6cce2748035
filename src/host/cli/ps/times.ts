const DAY_S = 86_400;

/**
 * A length of time as `[days-]hours:minutes:seconds`.
 *
 * @param style `short` leaves out hours that are 0
 */
export function clockTime(ms: number, style: "long" | "short" = "long"): string {
  const seconds = Math.trunc(ms / 1000);
  const days = Math.trunc(seconds / DAY_S);
  const parts = [Math.trunc((seconds % DAY_S) / 3600), Math.trunc((seconds % 3600) / 60), seconds % 60];
  const shown = style === "short" && days === 0 && parts[0] === 0 ? parts.slice(1) : parts;
  const clock = shown.map((part) => String(part).padStart(2, "0")).join(":");
  return days === 0 ? clock : `${days}-${clock}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** When something started, as ps(1) has it: the time of this day, the day of this year, or the year. Local time. */
export function startTime(startMs: number, nowMs: number): string {
  const start = new Date(startMs);
  const now = new Date(nowMs);
  if (start.toDateString() === now.toDateString()) return start.toTimeString().slice(0, 5);
  if (start.getFullYear() !== now.getFullYear()) return String(start.getFullYear());
  return `${MONTHS[start.getMonth()] ?? ""}${String(start.getDate()).padStart(2, "0")}`;
}
