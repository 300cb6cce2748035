import { findVirtiofsd, VIRTIOFSD_PATHS } from "../resource/virtiofsd.js";
import type { Finding } from "./finding.js";

/** How files will reach the guest. */
export function checkShares(candidates: readonly string[] = VIRTIOFSD_PATHS): Finding {
  const path = findVirtiofsd(candidates);
  if (path !== undefined) return { subject: "virtiofsd", level: "ok", detail: path };
  return {
    subject: "virtiofsd",
    level: "warning",
    detail: `none of ${candidates.join(", ")}: files go over 9p, which is slower and keeps QEMU privileged`,
    remedy: "apt-get install virtiofsd (Debian 13), apt-get install qemu-system-common (Debian 12)",
  };
}
