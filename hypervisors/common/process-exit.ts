/** How a VMM process ended. */
export interface ProcessExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last 8 KiB that it wrote to standard error. */
  readonly stderr: string;
}
