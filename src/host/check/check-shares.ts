import { messageOf } from "../../common/error.js";
import { chooseVirtiofsd, type ServerPlaces, type ShareSettings } from "../resource/choose-virtiofsd.js";
import type { Finding } from "./finding.js";

const SUBJECT = "virtiofsd";

/** How files will reach the guest. */
export function checkShares(settings: ShareSettings, places?: ServerPlaces): Finding {
  try {
    const server = chooseVirtiofsd(settings, places);
    if (server.kind === "virtiofsd") return { subject: SUBJECT, level: "ok", detail: server.path };
    if (settings.backend === "9p") return { subject: SUBJECT, level: "ok", detail: `not used: ${server.reason}` };
    return {
      subject: SUBJECT,
      level: "warning",
      detail: `files go over 9p, which is slower and keeps QEMU privileged: ${server.reason}`,
      remedy: "apt-get install virtiofsd (Debian 13), apt-get install qemu-system-common (Debian 12, for root alone)",
    };
  } catch (error) {
    return {
      subject: SUBJECT,
      level: "missing",
      detail: messageOf(error),
      remedy: "change [share] in the configuration",
    };
  }
}
