/**
 * The kinds of failure that the project tells apart.
 *
 * - `invalid-argument`: what was asked can't be carried out as written
 * - `not-found`: no such container, process, file or program
 * - `already-exists`: an id in use
 * - `failed-precondition`: the container is in the wrong state for this
 * - `unsupported`: this driver, guest or build can't do it
 * - `unavailable`: the VM, its agent or a daemon of ours is gone
 * - `deadline`: no answer in time
 * - `resource`: out of memory, disk, descriptors or the like
 * - `permission`: the system refused
 * - `internal`: a fault of ours
 */
export type ErrorCode =
  | "invalid-argument"
  | "not-found"
  | "already-exists"
  | "failed-precondition"
  | "unsupported"
  | "unavailable"
  | "deadline"
  | "resource"
  | "permission"
  | "internal";

/**
 * The error that crosses the project's own boundaries. Foreign errors (errno,
 * QMP, ttrpc) are translated into it in one file per boundary, by code, and
 * kept as `cause`.
 */
export class TskataError extends Error {
  override readonly name = "TskataError";
  readonly code: ErrorCode;

  /**
   * @param code the kind of failure
   * @param message lower case: what was asked, what was found, what to do
   * @param options `cause` keeps the error underneath
   */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The errno name of a Node system error (`ENOENT`, ...), or undefined for any
 * other value. See errno(3).
 */
export function errnoName(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" && /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

/** The message of an error, or the text of whatever else was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
