import { isIPv6 } from "node:net";
import { userInfo } from "node:os";
import { TskataError } from "../../common/error.js";

/** The port of SSH where none is asked for. */
export const SSH_PORT = 22;

/** Where to log in, and as whom. */
export interface SshTarget {
  readonly user: string;
  /** A name or an address; one of IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `[USER@]HOST[:PORT]`, where an address of IPv6 is in brackets. The
 * user is this process's where none is named, the port 22.
 *
 * @throws TskataError `invalid-argument` for anything else
 */
export function parseTarget(text: string): SshTarget {
  const refuse = (found: string): never => {
    throw new TskataError("invalid-argument", `host ${JSON.stringify(text)}: ${found}: write [USER@]HOST[:PORT]`);
  };
  if (text.includes("://")) refuse("has a scheme");
  const at = text.lastIndexOf("@");
  const user = at === -1 ? userInfo().username : text.slice(0, at);
  if (user === "" || /[\s:]/.test(user)) refuse("the user before the @ is not one");
  const place = text.slice(at + 1);
  if (isIPv6(place)) refuse(`an address of IPv6 stands in brackets, [${place}]`);
  const parts = /^(?:\[(?<address>[^\]]*)\]|(?<name>[^:[\]]*))(?<rest>:.*)?$/s.exec(place)?.groups;
  const { address, name, rest } = parts ?? refuse("can't be taken apart");
  if (address !== undefined && !isIPv6(address)) refuse(`[${address}] is no address of IPv6`);
  if (name !== undefined && !/^[A-Za-z0-9_.][A-Za-z0-9_.-]*$/.test(name)) refuse("has no name of a host");
  return {
    user,
    host: (address ?? name ?? "").toLowerCase(),
    port: rest === undefined ? SSH_PORT : port(rest, refuse),
  };
}

/** The target as `USER@HOST:PORT`: what messages call it. */
export function formatTarget({ user, host, port }: SshTarget): string {
  return `${user}@${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function port(rest: string, refuse: (found: string) => never): number {
  const value = /^:\d{1,5}$/.test(rest) ? Number(rest.slice(1)) : 0;
  return value >= 1 && value <= 65_535 ? value : refuse(`${JSON.stringify(rest.slice(1))} is no port from 1 to 65535`);
}
