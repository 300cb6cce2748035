/** The gRPC status codes by name, in the order of their numbers from 1 (`canceled`) to 16; 0 is success. */
const CODES = [
  "canceled",
  "unknown",
  "invalid-argument",
  "deadline-exceeded",
  "not-found",
  "already-exists",
  "permission-denied",
  "resource-exhausted",
  "failed-precondition",
  "aborted",
  "out-of-range",
  "unimplemented",
  "internal",
  "unavailable",
  "data-loss",
  "unauthenticated",
] as const;

/** The kinds of failure of a call: the gRPC status codes, by name. */
export type TtrpcCode = (typeof CODES)[number];

/** One message of a status' details: a `google.protobuf.Any`. */
export interface StatusDetail {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** What a {@link TtrpcError} may carry besides code and text. */
export interface TtrpcErrorOptions extends ErrorOptions {
  readonly details?: readonly StatusDetail[];
}

/**
 * Every error that this package throws, and the error that a handler throws to
 * choose the code that its caller sees. Tell errors apart by `code`, not by text.
 */
export class TtrpcError extends Error {
  override readonly name: string = "TtrpcError";
  readonly code: TtrpcCode;
  /** The status' details, as the peer sent them; empty for most errors. */
  readonly details: readonly StatusDetail[];

  /**
   * @param code the kind of failure
   * @param message for people; a handler's message is sent to the caller
   * @param options `cause` stays in this process, `details` are sent
   */
  constructor(code: TtrpcCode, message: string, options?: TtrpcErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = options?.details ?? [];
  }
}

/**
 * The peer sent what ttrpc doesn't allow. The connection is closed; calls that
 * were under way fail with `unavailable` and have this error as their cause.
 */
export class TtrpcProtocolError extends TtrpcError {
  override readonly name = "TtrpcProtocolError";

  constructor(message: string, options?: ErrorOptions) {
    super("internal", message, options);
  }
}

/** The number that stands for a code in a status message. */
export function codeToNumber(code: TtrpcCode): number {
  return CODES.indexOf(code) + 1;
}

/** The code of a status message's number; numbers that gRPC doesn't define are `unknown`. */
export function codeFromNumber(number: number): TtrpcCode {
  return CODES[number - 1] ?? "unknown";
}
