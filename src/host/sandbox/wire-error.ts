import { type ErrorCode, messageOf, TskataError } from "../../common/error.js";

/** An error as it travels between our own processes on the host. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Reduces an error to what the other process needs.
 *
 * @param failures of steps that were to undo something that people have to know of
 */
export function toWireError(error: unknown, failures: readonly Error[] = []): WireError {
  const further = failures.map(({ message, cause }) => `${message}: ${messageOf(cause)}`);
  return {
    code: error instanceof TskataError ? error.code : "internal",
    message: [messageOf(error), ...further].join("; "),
  };
}

/** The error again, on the other side. */
export function fromWireError(error: WireError): TskataError {
  return new TskataError(error.code, error.message);
}
