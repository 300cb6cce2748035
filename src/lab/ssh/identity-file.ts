import { readFile } from "node:fs/promises";
import type { ParsedKey } from "ssh2";
import ssh2 from "ssh2";
import { errnoName, messageOf, TskataError } from "../../common/error.js";
import { type PublicKey, publicKey } from "./fingerprint.js";

/** What a file of `--identity` holds. */
export type IdentityFile =
  | { readonly kind: "absent" }
  /** A private key that can be used as it is. */
  | { readonly kind: "private"; readonly key: ParsedKey }
  /** A key that somebody else, an agent, has to use: it is encrypted, or only its public part is there. */
  | { readonly kind: "encrypted" | "public"; readonly key: PublicKey | undefined };

/**
 * Reads a private or public key in a format of OpenSSH. The public part of an
 * encrypted one is taken from it, or from the file beside it, `FILE.pub`.
 *
 * @throws TskataError `permission` where it can't be read, `invalid-argument` where it is no key
 */
export async function readIdentityFile(file: string): Promise<IdentityFile> {
  const text = await readIfThere(file);
  if (text === undefined) return { kind: "absent" };
  if (isEncrypted(text)) return { kind: "encrypted", key: publicPart(text) ?? (await publicKeyFile(`${file}.pub`)) };
  const key = parse(text);
  if (key instanceof Error)
    throw new TskataError("invalid-argument", `identity ${file}: is no key that can be used: ${key.message}`);
  return key.isPrivateKey() ? { kind: "private", key } : { kind: "public", key: publicKey(key.getPublicSSH()) };
}

async function publicKeyFile(file: string): Promise<PublicKey | undefined> {
  const key = parse((await readIfThere(file)) ?? "");
  return key instanceof Error ? undefined : publicKey(key.getPublicSSH());
}

/** Files of OpenSSH hold one key; the library gives an array for some of them. */
function parse(text: string): ParsedKey | Error {
  const parsed: ParsedKey | Error | ParsedKey[] = ssh2.utils.parseKey(text);
  return (Array.isArray(parsed) ? parsed[0] : parsed) ?? new Error("holds none");
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if (errnoName(cause) === "ENOENT") return undefined;
    throw new TskataError("permission", `identity ${file}: can't be read: ${messageOf(cause)}`, { cause });
  }
}

const OPENSSH = /^-----BEGIN OPENSSH PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)-----END/m;
const MAGIC = "openssh-key-v1\0";

function isEncrypted(text: string): boolean {
  const own = openSshParts(text);
  return own === undefined
    ? /^Proc-Type: 4,ENCRYPTED|^-----BEGIN ENCRYPTED PRIVATE KEY-----/m.test(text)
    : own.cipher.toString("latin1") !== "none";
}

function publicPart(text: string): PublicKey | undefined {
  const blob = openSshParts(text)?.publicKey;
  return blob && publicKey(blob);
}

/** What stands in the clear in a private key of OpenSSH's own format: its PROTOCOL.key. */
function openSshParts(text: string): { cipher: Buffer; publicKey: Buffer } | undefined {
  const [, base64 = ""] = OPENSSH.exec(text) ?? [];
  const data = Buffer.from(base64, "base64");
  if (!data.toString("latin1").startsWith(MAGIC)) return undefined;
  let at = MAGIC.length;
  const next = (): Buffer => {
    if (at + 4 > data.length) return Buffer.alloc(0);
    const start = at + 4;
    at = start + data.readUInt32BE(at);
    return data.subarray(start, at);
  };
  // cipher, key derivation, its options; the number of keys, which is 1; the public key
  const [cipher] = [next(), next(), next()];
  at += 4;
  return { cipher, publicKey: next() };
}
