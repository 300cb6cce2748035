import { open } from "node:fs/promises";
import { MIN_ENTROPY_BYTES } from "../../protocol/entropy.js";

/** What a guest is given of its own, whatever its memory holds from a template. */
export interface GuestIdentity {
  readonly hostname: string;
  /** Fresh, and for this guest alone. */
  readonly entropy: Uint8Array;
}

/**
 * Makes what one guest is given of its own: parts of `SandboxSettings`.
 *
 * @throws Error where the host's generator can't be read: random(4)
 */
export async function guestIdentity(hostname: string): Promise<GuestIdentity> {
  return { hostname, entropy: await freshEntropy() };
}

/**
 * Random bytes for one guest alone: from the host's kernel, and not from a generator of this process.
 *
 * @throws as `guestIdentity`
 */
export async function freshEntropy(): Promise<Uint8Array> {
  const length = MIN_ENTROPY_BYTES;
  const file = await open("/dev/urandom");
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, null);
    if (bytesRead !== length) throw new Error(`read ${length} bytes of /dev/urandom: got ${bytesRead}`);
    return buffer;
  } finally {
    await file.close();
  }
}
