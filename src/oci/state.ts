/**
 * Status of a container. `paused` is runc's addition to the four of
 * runtime.md, "State".
 */
export type Status = "creating" | "created" | "running" | "paused" | "stopped";

/** What `state` prints and hooks read (runtime.md, "State"). */
export interface State {
  readonly ociVersion: string;
  readonly id: string;
  readonly status: Status;
  /** Process on the host that stands for the container; 0 or absent once stopped. */
  readonly pid?: number;
  /** Absolute path. */
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>>;
}
