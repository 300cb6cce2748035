import { TskataError } from "../../src/common/error.js";
import type { GuestType } from "./options.js";

/** Bytes of a kernel's command line: MAX_GUEST_CMDLINE of Xen's public/xen.h, and Linux's COMMAND_LINE_SIZE. */
const ROOM: Readonly<Record<GuestType, number>> = { pv: 1023, pvh: 2047 };

/**
 * The guest kernel's command line. See the kernel's
 * admin-guide/kernel-parameters.
 *
 * @param extra appended last, so that they win
 * @throws TskataError `invalid-argument` where it is longer than such a guest takes
 */
export function kernelParameters(type: GuestType, extra: readonly string[]): string {
  const line = [
    "console=hvc0",
    "quiet",
    // A panic resets the machine at once, which Xen tells as a crash.
    "panic=-1",
    "root=/dev/xvda",
    "rootfstype=erofs",
    "ro",
    "init=/sbin/init",
    "tskata.agent=hvc",
    // The kernel would make one that no container asks for, under a name that one may.
    "dummy.numdummies=0",
    ...extra,
  ].join(" ");
  const length = Buffer.byteLength(line);
  if (length <= ROOM[type]) return line;
  throw new TskataError(
    "invalid-argument",
    `the guest kernel's command line has ${length} bytes, and a ${type.toUpperCase()} guest of Xen takes ${ROOM[type]}: give fewer kernel parameters`,
  );
}
