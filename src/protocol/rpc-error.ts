import { TtrpcError, type TtrpcCode } from "ttrpc-ts/lite";
import { messageOf, TskataError, type ErrorCode } from "../common/error.js";

const RPC_CODES: Readonly<Record<ErrorCode, TtrpcCode>> = {
  "invalid-argument": "invalid-argument",
  "not-found": "not-found",
  "already-exists": "already-exists",
  "failed-precondition": "failed-precondition",
  unsupported: "unimplemented",
  unavailable: "unavailable",
  deadline: "deadline-exceeded",
  resource: "resource-exhausted",
  permission: "permission-denied",
  internal: "internal",
};

const ERROR_CODES: Readonly<Record<TtrpcCode, ErrorCode>> = {
  "invalid-argument": "invalid-argument",
  "not-found": "not-found",
  "already-exists": "already-exists",
  "failed-precondition": "failed-precondition",
  unimplemented: "unsupported",
  unavailable: "unavailable",
  "deadline-exceeded": "deadline",
  "resource-exhausted": "resource",
  "permission-denied": "permission",
  internal: "internal",
  // What the agent has no reason to send is a fault.
  canceled: "internal",
  unknown: "internal",
  aborted: "internal",
  "out-of-range": "internal",
  "data-loss": "internal",
  unauthenticated: "internal",
};

/** Longest text of the guest's that goes into a message for people. */
const MAX_TEXT_LENGTH = 2000;

/**
 * The error of a call to the agent, as the host's layers know errors. A call
 * that was given up fails with its signal's reason. The text may be the
 * guest's: it is bounded, and can't steer a terminal.
 */
export function fromRpcError(error: unknown): unknown {
  if (!(error instanceof TtrpcError)) return error;
  if (error.code === "canceled" && error.cause instanceof Error) return error.cause;
  const text = error.message.slice(0, MAX_TEXT_LENGTH).replaceAll(/\p{Cc}/gu, " ");
  return new TskataError(ERROR_CODES[error.code], text, { cause: error });
}

/** What an operation of the agent threw, as the call's answer carries it. */
export function toRpcError(error: unknown): TtrpcError {
  if (error instanceof TtrpcError) return error;
  const code = error instanceof TskataError ? RPC_CODES[error.code] : "internal";
  return new TtrpcError(code, messageOf(error), { cause: error });
}
