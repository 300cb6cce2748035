/**
 * The kinds of failure of a hybrid connection.
 *
 * - `refused`: the VMM ended the connection instead of answering, as it does where nobody listens in the guest
 * - `protocol`: it answered with something else than `OK`
 * - `timeout`: no answer in time
 */
export type HybridVsockErrorCode = "refused" | "protocol" | "timeout";

/** A connection that did not reach the guest. Tell them apart by `code`; system errors of the unix socket are passed on. */
export class HybridVsockError extends Error {
  override readonly name = "HybridVsockError";
  readonly code: HybridVsockErrorCode;

  constructor(code: HybridVsockErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
