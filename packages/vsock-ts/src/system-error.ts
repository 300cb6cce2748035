import { getSystemErrorName } from "node:util";
import { formatVsockAddress, type VsockAddress } from "./address.js";

/**
 * A failed system call, as Node's own sockets report one: `code` is the
 * errno's name. See vsock(7) and the call's own page for what each means here.
 */
export interface VsockSystemError extends Error {
  /** `ECONNRESET`, `ENODEV`, `ETIMEDOUT`, `EADDRINUSE` and the like. */
  readonly code: string;
  /** Negative, as libuv has it. */
  readonly errno: number;
  /** The system call that failed. */
  readonly syscall: string;
  /** The address that was asked for, where there was one. */
  readonly address?: VsockAddress;
}

/** What people do about those whose names don't say it. */
const ADVICE: Readonly<Record<string, string>> = {
  EAFNOSUPPORT: "this kernel has no vsock",
  ENODEV: "no transport reaches that machine: there is no such guest, or this machine is none itself",
  ECONNRESET: "nobody listens there, or the connection was broken",
};

/** The error of a call that has returned `errno`, which is negative. */
export function systemError(errno: number, syscall: string, address?: VsockAddress): VsockSystemError {
  const code = getSystemErrorName(errno);
  const where = address === undefined ? "" : ` ${formatVsockAddress(address)}`;
  const advice = ADVICE[code] === undefined ? "" : ` (${ADVICE[code]})`;
  const error = new Error(`${syscall} ${code}${where}${advice}`);
  return Object.assign(error, { code, errno, syscall, ...(address === undefined ? {} : { address }) });
}

/**
 * What a call has returned.
 *
 * @throws VsockSystemError where that is negative
 */
export function checked(returned: number, syscall: string, address?: VsockAddress): number {
  if (returned < 0) throw systemError(returned, syscall, address);
  return returned;
}
