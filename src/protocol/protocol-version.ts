/** Version of the contract between host and agent; both must speak the same. */
export const PROTOCOL_VERSION = 5;
