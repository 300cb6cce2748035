/** Where the agent serves its operations by ttrpc. */
export const RPC_PORT = 1024;

/** Where each connection is one stdio stream of a process, opened by a stream header. */
export const STREAM_PORT = 1025;
