import { type IdRange, mappedUserIds } from "../resource/user-namespace.js";
import type { Finding } from "./finding.js";

/** Ids that the users of common images take. */
const ENOUGH_IDS = 65_536;
const SUBJECT = "user";

/** Who calls, as far as it decides what a sandbox may do. */
export interface CheckedUser {
  readonly uid: number;
  /** Those of its user namespace; undefined where that is the host's own. */
  readonly userIds: readonly IdRange[] | undefined;
}

/** Whether the caller may do what a sandbox needs, own mounts above all: as root, or as root of a user namespace. */
export function checkUser(
  { uid, userIds }: CheckedUser = { uid: process.geteuid?.() ?? 0, userIds: mappedUserIds() },
): Finding {
  if (uid !== 0) {
    return {
      subject: SUBJECT,
      level: "missing",
      detail: `user id ${uid}: mounts for the guest's files need root, at least of a user namespace`,
      remedy: "run tskata as root; or by an engine without root, which 'podman unshare tskata check' looks at",
    };
  }
  if (userIds === undefined) return { subject: SUBJECT, level: "ok", detail: "root" };
  const count = userIds.reduce((sum, { size }) => sum + size, 0);
  const detail = `root of a user namespace with ${count} user ids, user id ${outsideOf(userIds)} outside`;
  if (count >= ENOUGH_IDS) return { subject: SUBJECT, level: "ok", detail };
  return {
    subject: SUBJECT,
    level: "warning",
    detail: `${detail}: images whose files or programs have other users can't be used`,
    remedy:
      "apt-get install uidmap; usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER; podman system migrate",
  };
}

function outsideOf(ranges: readonly IdRange[]): number | string {
  return ranges.find(({ inside }) => inside === 0)?.outside ?? "none";
}
