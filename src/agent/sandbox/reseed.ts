import { TskataError } from "../../common/error.js";
import { MAX_ENTROPY_BYTES, MIN_ENTROPY_BYTES } from "../../protocol/entropy.js";
import type { Operation } from "../kernel/operation.js";

/**
 * Plans that the kernel's generator gets these bytes; to be done before anything that may draw a random number.
 *
 * @param seed empty: nothing is to be done
 * @throws TskataError `invalid-argument` for too little or too much
 */
export function reseed(seed: Uint8Array): Operation[] {
  if (seed.length === 0) return [];
  if (seed.length < MIN_ENTROPY_BYTES || seed.length > MAX_ENTROPY_BYTES) {
    const range = `${MIN_ENTROPY_BYTES} to ${MAX_ENTROPY_BYTES} bytes`;
    throw new TskataError("invalid-argument", `entropy of ${seed.length} bytes: expected ${range}, or none`);
  }
  return [{ op: "reseed-random", seed }];
}
