import { createHash } from "node:crypto";

/** A public key as it is on the wire (RFC 4253, section 6.6), and what it is called. */
export interface PublicKey {
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256` ... */
  readonly type: string;
  readonly blob: Buffer;
}

/** Takes a key from the wire; undefined where it doesn't begin with the name of a type. */
export function publicKey(blob: Buffer): PublicKey | undefined {
  if (blob.length < 4) return undefined;
  const end = 4 + blob.readUInt32BE(0);
  const type = blob.toString("latin1", 4, end);
  return end < blob.length && /^[a-z0-9@.-]+$/.test(type) ? { type, blob } : undefined;
}

/** The key's type and fingerprint as ssh-keygen(1) shows it: `ssh-ed25519 SHA256:...`. */
export function describeKey({ type, blob }: PublicKey): string {
  return `${type} SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}
