import type { ServerHostKeyAlgorithm } from "ssh2";
import { TskataError } from "../../common/error.js";
import { describeKey, type PublicKey, publicKey } from "./fingerprint.js";
import type { KnownHost, KnownKey } from "./known-hosts.js";
import { formatTarget, SSH_PORT, type SshTarget } from "./target.js";

/** By which algorithms a host proves that it has a key of a type (RFC 8332 for RSA); without SHA-1. */
const ALGORITHMS: ReadonlyMap<string, readonly ServerHostKeyAlgorithm[]> = new Map([
  ["ssh-ed25519", ["ssh-ed25519"]],
  ["ecdsa-sha2-nistp256", ["ecdsa-sha2-nistp256"]],
  ["ecdsa-sha2-nistp384", ["ecdsa-sha2-nistp384"]],
  ["ecdsa-sha2-nistp521", ["ecdsa-sha2-nistp521"]],
  ["ssh-rsa", ["rsa-sha2-512", "rsa-sha2-256"]],
]);

/**
 * The algorithms to ask a host for: those of the keys that are known, so that
 * it shows one of them; all for a host of which no key is known, so that it
 * can be said what it shows.
 *
 * @throws TskataError `unsupported` where its keys are all of types that can't be used, or certificates vouch for it alone
 */
export function hostKeyAlgorithms(target: SshTarget, host: KnownHost): ServerHostKeyAlgorithm[] {
  const name = formatTarget(target);
  if (host.keys.length === 0) {
    const [authority] = host.authorities;
    if (authority === undefined) return [...ALGORITHMS.values()].flat();
    const found = `${authority.place} has only a certificate authority for it, and host certificates are not supported`;
    throw new TskataError(
      "unsupported",
      `${name}: ${found}: add the host's own key as well: ${howToAdd(target, host)}`,
    );
  }
  const algorithms = [...ALGORITHMS].filter(([type]) => host.keys.some((key) => key.type === type));
  if (algorithms.length > 0) return algorithms.flatMap(([, names]) => names);
  const known = host.keys.map((key) => `${key.type} in ${key.place}`).join(", ");
  const types = [...ALGORITHMS.keys()].join(", ");
  throw new TskataError("unsupported", `${name}: its known keys (${known}) can't be used: add one of ${types}`);
}

/**
 * Whether the key that a host has shown is its own.
 *
 * @returns nothing where it is known; else the error to end with: `not-found` for a host of which no key is known,
 *   `permission` for another key than the known ones, a revoked one, or none at all
 */
export function checkHostKey(target: SshTarget, host: KnownHost, blob: Buffer): TskataError | undefined {
  const name = formatTarget(target);
  const shown = publicKey(blob);
  if (shown === undefined) return new TskataError("permission", `${name}: what it showed is no host key`);
  const find = (keys: readonly KnownKey[]): KnownKey | undefined => keys.find((key) => key.blob.equals(blob));
  const revoked = find(host.revoked);
  if (revoked !== undefined) {
    const found = `HOST KEY REVOKED: it showed ${describeKey(shown)}, which ${revoked.place} says is not to be trusted`;
    return new TskataError("permission", `${name}: ${found}: somebody else may have it; give the host a new one`);
  }
  if (find(host.keys) !== undefined) return undefined;
  return host.keys.length === 0 ? unknownHost(target, host, shown) : changedKey(target, host, shown);
}

function unknownHost(target: SshTarget, host: KnownHost, shown: PublicKey): TskataError {
  const message = [
    `${formatTarget(target)}: its host key is not known: it showed ${describeKey(shown)},`,
    `and no key of ${host.name} is in ${host.files.join(" or ")}:`,
    `compare it with the host's own (there: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub),`,
    `then add it: ${howToAdd(target, host)}`,
  ];
  return new TskataError("not-found", message.join(" "));
}

function changedKey(target: SshTarget, host: KnownHost, shown: PublicKey): TskataError {
  const known = host.keys.map((key) => `${describeKey(key)} (${key.place})`).join(", ");
  const message = [
    `${formatTarget(target)}: HOST KEY MISMATCH: SOMEBODY MAY BE IN BETWEEN, or the host has a new key:`,
    `it showed ${describeKey(shown)}, and known is ${known};`,
    `nobody was logged in. If the new key is the host's own, remove the old one`,
    `(ssh-keygen -R '${host.name}' -f FILE) and add it: ${howToAdd(target, host)}`,
  ];
  return new TskataError("permission", message.join(" "));
}

function howToAdd({ host, port }: SshTarget, { files }: KnownHost): string {
  return `ssh-keyscan ${port === SSH_PORT ? "" : `-p ${port} `}${host} >> ${files[0] ?? "FILE"}`;
}
