/** How a process of ours ended: a VMM, or a program of its toolstack. */
export interface ProcessExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last 8 KiB that it wrote to standard error. */
  readonly stderr: string;
}

/** A process's end, for people. */
export function howItEnded({ exitCode, signal }: Pick<ProcessExit, "exitCode" | "signal">): string {
  return signal === null ? `exit status ${exitCode}` : `signal ${signal}`;
}
