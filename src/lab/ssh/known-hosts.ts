import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { errnoName, messageOf, TskataError } from "../../common/error.js";
import { type PublicKey, publicKey } from "./fingerprint.js";
import { SSH_PORT, type SshTarget } from "./target.js";

/** A key that a line has for a host. */
export interface KnownKey extends PublicKey {
  /** `FILE:LINE`, from 1. */
  readonly place: string;
}

/** What known_hosts files say of one host. */
export interface KnownHost {
  /** Under which name the files were searched: `host`, or `[host]:port` where the port isn't 22. */
  readonly name: string;
  /** The files that were looked for, whether they are there or not. */
  readonly files: readonly string[];
  /** Its keys; several where it has keys of several types, or is about to change them. */
  readonly keys: readonly KnownKey[];
  /** Keys that it must not show. */
  readonly revoked: readonly KnownKey[];
  /** Keys of certificate authorities that sign its keys. */
  readonly authorities: readonly KnownKey[];
}

/** The files that ssh(1) reads by default. */
export function defaultKnownHosts(): string[] {
  return [join(homedir(), ".ssh/known_hosts"), "/etc/ssh/ssh_known_hosts"];
}

/**
 * Reads what OpenSSH's known_hosts files say of a host: sshd(8),
 * "SSH_KNOWN_HOSTS FILE FORMAT". A file that is missing says nothing, and a
 * line that isn't understood is passed over, as ssh(1) does. A line without
 * a port is for port 22 alone.
 *
 * @throws TskataError `permission` for a file that can't be read
 */
export async function readKnownHost(files: readonly string[], target: SshTarget): Promise<KnownHost> {
  const host = target.host.toLowerCase();
  const name = target.port === SSH_PORT ? host : `[${host}]:${target.port}`;
  const lines = (await Promise.all(files.map(readLines))).flat().filter((line) => matches(line.hosts, name));
  const marked = (marker: string | undefined): KnownKey[] =>
    lines.filter((line) => line.marker === marker).map(({ key }) => key);
  return {
    name,
    files,
    keys: marked(undefined),
    revoked: marked("@revoked"),
    authorities: marked("@cert-authority"),
  };
}

/** One line: `[MARKER] HOSTS TYPE KEY [COMMENT]`. */
interface KnownHostsLine {
  readonly marker: string | undefined;
  readonly hosts: string;
  readonly key: KnownKey;
}

const LINE =
  /^\s*(?:(?<marker>@\S+)\s+)?(?<hosts>[^#@\s]\S*)\s+(?<type>[a-z]\S*)\s+(?<base64>[A-Za-z0-9+/]+=*)(?:\s|$)/;

async function readLines(file: string): Promise<KnownHostsLine[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if (errnoName(cause) === "ENOENT") return [];
    throw new TskataError("permission", `known hosts: ${file} can't be read: ${messageOf(cause)}`, { cause });
  }
  return text.split("\n").flatMap((line, index) => {
    const { marker, hosts = "", type, base64 = "" } = LINE.exec(line)?.groups ?? {};
    const key = publicKey(Buffer.from(base64, "base64"));
    return key === undefined || key.type !== type
      ? []
      : [{ marker, hosts, key: { ...key, place: `${file}:${index + 1}` } }];
  });
}

/** Whether a line's names have this one: a hash of it, or a list of patterns of which `!` takes back what others match. */
function matches(hosts: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([A-Za-z0-9+/]+=*)\|([A-Za-z0-9+/]+=*)$/.exec(hosts) ?? [];
  if (salt !== undefined && hash !== undefined)
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
  const patterns = hosts.toLowerCase().split(",");
  const negated = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));
  if (negated.some((pattern) => matchesPattern(pattern, name))) return false;
  return patterns.some((pattern) => !pattern.startsWith("!") && matchesPattern(pattern, name));
}

/**
 * `*` is any text and `?` any character: ssh_config(5), "PATTERNS". Walks both
 * texts once and returns to the last `*` only, so that no pattern takes long.
 */
function matchesPattern(pattern: string, name: string): boolean {
  let [p, n, star, retry] = [0, 0, -1, 0];
  while (n < name.length) {
    if (pattern[p] === "*") [star, retry, p] = [p, n, p + 1];
    else if (pattern[p] === "?" || pattern[p] === name[n]) [p, n] = [p + 1, n + 1];
    else if (star === -1) return false;
    else [retry, p, n] = [retry + 1, star + 1, retry + 1];
  }
  return /^\**$/.test(pattern.slice(p));
}
