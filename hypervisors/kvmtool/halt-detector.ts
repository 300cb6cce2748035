import { Transform } from "node:stream";

/** What the kernel says when it has halted for good: kernel/reboot.c; at its highest level, so with `quiet` as well. */
const HALTED = Buffer.from("reboot: System halted");

/**
 * Passes a guest's console on and tells when its kernel has halted: kvmtool's machine can't be switched off, so that a
 * guest that powers off stands still, and lkvm goes on.
 */
export function haltDetector(halted: () => void): Transform {
  let rest = Buffer.alloc(0);
  let isTold = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (!isTold) {
        const text = Buffer.concat([rest, chunk]);
        isTold = text.includes(HALTED);
        rest = text.subarray(Math.max(0, text.length - HALTED.length + 1));
        if (isTold) halted();
      }
      done(null, chunk);
    },
  });
}
