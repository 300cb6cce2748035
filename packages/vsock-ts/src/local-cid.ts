import { nativePart } from "./native.js";
import { checked } from "./system-error.js";

/**
 * The CID of this machine (`IOCTL_VM_SOCKETS_GET_LOCAL_CID`, vsock(7)): its
 * own for a guest, `CID_HOST` for a host, `CID_ANY` where it has no transport.
 *
 * @throws VsockSystemError `ENOENT` where the kernel has no vsock, `EACCES`
 */
export function localCid(): number {
  return checked(nativePart().localCid(), "ioctl");
}
