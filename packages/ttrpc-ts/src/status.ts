import { codeFromNumber, codeToNumber, TtrpcError } from "./error.js";
import type { Status } from "./gen/ttrpc_pb.js";

/** Most characters of an error's text that are sent. */
const MAX_MESSAGE_LENGTH = 16 * 1024;

/** The status that tells a caller of an error. */
export function statusOf(error: TtrpcError): Status {
  return {
    code: codeToNumber(error.code),
    message: error.message.slice(0, MAX_MESSAGE_LENGTH),
    details: error.details.map(({ typeUrl, value }) => ({ typeUrl, value })),
  };
}

/** The error that a status stands for; undefined for success. */
export function errorOf(status: Status | undefined): TtrpcError | undefined {
  if (status === undefined || status.code === 0) return undefined;
  return new TtrpcError(codeFromNumber(status.code), status.message, { details: status.details });
}
