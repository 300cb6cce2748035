import { randomBytes } from "node:crypto";
import type { BootCard } from "./command-line.js";

/** Of the first byte of an Ethernet address: administered locally, and no group's. */
const LOCAL = 0x02;

/** Cards of addresses that are likely nobody else's; the guest finds them by these. */
export function bootCards(count: number): BootCard[] {
  return Array.from({ length: count }, (_, index) => {
    const bytes = [LOCAL, ...randomBytes(4), index];
    return { tap: `tap${index}`, macAddress: bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":") };
  });
}
