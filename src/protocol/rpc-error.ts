import { TtrpcError, type TtrpcCode } from "ttrpc-ts/lite";
import { type ErrorCode, TskataError } from "../common/error.js";

const CODE_OF_ERROR: Readonly<Record<ErrorCode, TtrpcCode>> = {
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

const ERROR_OF_CODE = new Map<TtrpcCode, ErrorCode>(
  Object.entries(CODE_OF_ERROR).map(([error, code]) => [code, error as ErrorCode]),
);

/** Longest text of the guest that goes into a message for people. */
const MAX_TEXT = 2000;

/** The error of a call, as the host's layers know errors; the guest's text is bounded. */
export function fromRpcError(error: unknown): unknown {
  if (!(error instanceof TtrpcError)) return error;
  return new TskataError(ERROR_OF_CODE.get(error.code) ?? "internal", error.message.slice(0, MAX_TEXT), {
    cause: error,
  });
}

/** The agent's error, as the call's answer carries it. */
export function toRpcError(error: unknown): TtrpcError {
  if (error instanceof TtrpcError) return error;
  if (error instanceof TskataError) return new TtrpcError(CODE_OF_ERROR[error.code], error.message, { cause: error });
  return new TtrpcError("internal", error instanceof Error ? error.message : String(error), { cause: error });
}
