/** One line of `tskata check`. */
export interface Finding {
  /** What was looked at. */
  readonly subject: string;
  /** `missing`: tskata can't run without it; `warning`: something is slower or lacks. */
  readonly level: "ok" | "warning" | "missing";
  /** What was found. */
  readonly detail: string;
  /** The command or setting that mends it. */
  readonly remedy?: string;
}
