import { existsSync } from "node:fs";
import { messageOf } from "../../common/error.js";
import { MKE2FS_PATH } from "../resource/disk-image.js";
import { chooseFileServer, type ServerPlaces, type ShareSettings } from "../resource/choose-file-server.js";
import type { Finding } from "./finding.js";

const SUBJECT = "virtiofsd";

/** How files will reach the guest. */
export function checkShares(settings: ShareSettings, places?: ServerPlaces): Finding {
  try {
    const server = chooseFileServer(settings, places);
    if (server.kind === "virtiofsd") return { subject: SUBJECT, level: "ok", detail: server.path };
    if (server.kind === "disk") return checkDisks();
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

function checkDisks(): Finding {
  const subject = "disks";
  if (existsSync(MKE2FS_PATH)) {
    const detail = "a container's files are copied to a disk, and what it changes of them ends with it";
    return { subject, level: "ok", detail };
  }
  return { subject, level: "missing", detail: `${MKE2FS_PATH} is not there`, remedy: "apt-get install e2fsprogs" };
}
