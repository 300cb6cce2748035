/** An end of a connection: `struct sockaddr_vm`, see vsock(7). */
export interface VsockAddress {
  /** The context id of a machine, 0 to 2^32 - 1. */
  readonly cid: number;
  /** 0 to 2^32 - 1; those below 1024 are the superuser's. */
  readonly port: number;
}

/** `VMADDR_CID_HYPERVISOR`: services of the hypervisor itself. */
export const CID_HYPERVISOR = 0;
/** `VMADDR_CID_LOCAL`: the machine itself, where its kernel has the loopback transport. */
export const CID_LOCAL = 1;
/** `VMADDR_CID_HOST`: the host, as its guests see it. */
export const CID_HOST = 2;
/** `VMADDR_CID_ANY`: every address of the machine, to listen at. */
export const CID_ANY = 0xffffffff;
/** `VMADDR_PORT_ANY`: a free port, chosen by the kernel, to listen at. */
export const PORT_ANY = 0xffffffff;
/** The least CID that a guest may have; the greatest is one less than `CID_ANY`. */
export const FIRST_GUEST_CID = 3;

const MAX = 0xffffffff;

/** Whether a guest may have that CID: neither one with a meaning of its own nor out of range. */
export function isGuestCid(cid: number): boolean {
  return isUnsigned(cid) && cid >= FIRST_GUEST_CID && cid < CID_ANY;
}

/** `vsock:CID:PORT`, the form that `parseVsockAddress` reads. */
export function formatVsockAddress({ cid, port }: VsockAddress): string {
  return `vsock:${cid}:${port}`;
}

/**
 * Reads `vsock:CID:PORT` or `CID:PORT`, in decimal.
 *
 * @throws RangeError for anything else, and for numbers beyond 32 bits
 */
export function parseVsockAddress(text: string): VsockAddress {
  const [, cid, port] = /^(?:vsock:)?(\d{1,10}):(\d{1,10})$/.exec(text) ?? [];
  if (cid === undefined || port === undefined) {
    throw new RangeError(`no vsock address: "${text}"; it is written as vsock:CID:PORT`);
  }
  return checkAddress({ cid: Number(cid), port: Number(port) });
}

/**
 * The address itself.
 *
 * @throws RangeError where a number isn't an integer from 0 to 2^32 - 1
 */
export function checkAddress(address: VsockAddress): VsockAddress {
  for (const [name, value] of Object.entries(address)) {
    if (!isUnsigned(value as number)) {
      throw new RangeError(`no vsock ${name}: ${String(value)}; it is an integer from 0 to ${MAX}`);
    }
  }
  return address;
}

function isUnsigned(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX;
}
