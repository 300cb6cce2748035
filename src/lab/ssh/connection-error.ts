import { messageOf, TskataError } from "../../common/error.js";

/** What the library and Node say of a connection that failed, by code: Node's of sockets and of the resolver. */
const SOCKET_ERRORS: ReadonlyMap<unknown, string> = new Map([
  ["ECONNREFUSED", "the connection was refused: is sshd running there, on this port?"],
  ["ECONNRESET", "the connection was reset"],
  ["EPIPE", "the connection was closed"],
  ["ETIMEDOUT", "the host doesn't answer"],
  ["EHOSTUNREACH", "there is no route to the host"],
  ["ENETUNREACH", "there is no route to its network"],
  ["ENOTFOUND", "there is no host of this name"],
  ["EAI_AGAIN", "its name can't be looked up now"],
]);

/** Translates an error of a connection to `name`, and adds details to it; all are `unavailable`. */
export function connectionError(name: string, cause: Error, details = ""): TskataError {
  const { code, level } = cause as Error & { readonly code?: unknown; readonly level?: unknown };
  const found = SOCKET_ERRORS.get(code) ?? LEVELS.get(level)?.(cause) ?? messageOf(cause);
  return new TskataError("unavailable", `${name}: ${found}${details}`, { cause });
}

/** By the part of the library that failed. */
const LEVELS: ReadonlyMap<unknown, (cause: Error) => string> = new Map([
  ["client-timeout", () => "the connection is lost: the host answers no more"],
  ["client-socket", (cause: Error) => `the connection failed: ${messageOf(cause)}`],
  ["protocol", (cause: Error) => `SSH's protocol was broken: ${messageOf(cause)}`],
]);
