export {
  CID_ANY,
  CID_HOST,
  CID_HYPERVISOR,
  CID_LOCAL,
  FIRST_GUEST_CID,
  formatVsockAddress,
  isGuestCid,
  parseVsockAddress,
  PORT_ANY,
  type VsockAddress,
} from "./address.js";
export { connectVsock } from "./connect.js";
export { claimGuestCid, type ClaimCidOptions, type ClaimedCid } from "./guest-cid.js";
export { connectHybridVsock, type HybridConnectOptions } from "./hybrid/connect.js";
export { HybridVsockError, type HybridVsockErrorCode } from "./hybrid/error.js";
export { type HybridListenOptions, listenHybridVsock } from "./hybrid/listen.js";
export { localCid } from "./local-cid.js";
export { useNativePart } from "./native.js";
export { VsockServer, type VsockListenOptions, type VsockServerEvents, type VsockServerOptions } from "./server.js";
export { type VsockConnectOptions, VsockSocket, type VsockSocketOptions } from "./socket.js";
export type { VsockSystemError } from "./system-error.js";
