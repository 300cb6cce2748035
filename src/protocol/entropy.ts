/** Fewest bytes that a guest's generator is given: what two hashes of 256 bits can hold. */
export const MIN_ENTROPY_BYTES = 64;
/** Most of them. */
export const MAX_ENTROPY_BYTES = 1024;
