/** One line of `tskata check`. */
export interface Finding {
  /** The hypervisor driver that it is about; absent where it is about no single one. */
  readonly driver?: string;
  /** What was looked at. */
  readonly subject: string;
  /**
   * `missing`: tskata can't run without it; `warning`: something is slower or lacks; `note`: so it is for a hypervisor
   * driver that isn't used.
   */
  readonly level: "ok" | "note" | "warning" | "missing";
  /** What was found. */
  readonly detail: string;
  /** The command or setting that mends it. */
  readonly remedy?: string;
}
