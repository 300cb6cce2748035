import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { TskataError } from "../../common/error.js";
import { findVirtiofsd, isQemus, VIRTIOFSD_PATHS } from "./virtiofsd.js";

/** Where QEMU's own server keeps a file for each of its sockets, which no option changes. */
const QEMUS_STATE = "/var/run/virtiofsd";

/** The section `[share]` of the configuration. */
export interface ShareSettings {
  readonly backend: "auto" | "virtiofs" | "9p" | "disk";
  /** Absolute path; the places where Debian puts it are looked at where absent. */
  readonly virtiofsd?: string;
}

/** How files reach the guest: by a virtiofsd, by 9p, or copied to a disk. */
export type FileServer =
  | { readonly kind: "virtiofsd"; readonly path: string }
  /** `reason`: why virtiofs isn't used, for people. */
  | { readonly kind: "9p" | "disk"; readonly reason: string };

/** Where servers are looked for, and what theirs is; tests have others. */
export interface ServerPlaces {
  readonly candidates: readonly string[];
  readonly qemusState: string;
}

/**
 * Chooses what serves files. With `auto` that is 9p where there is no
 * virtiofsd, or none that this user can run: QEMU's own writes to a directory
 * of root's, which is tried.
 *
 * @throws TskataError `not-found` where a virtiofsd is asked for that can't be run
 */
export function chooseFileServer(
  { backend, virtiofsd }: ShareSettings,
  { candidates, qemusState }: ServerPlaces = { candidates: VIRTIOFSD_PATHS, qemusState: QEMUS_STATE },
): FileServer {
  if (backend === "9p" || backend === "disk") return { kind: backend, reason: "share.backend asks for it" };
  const looked = virtiofsd === undefined ? candidates : [virtiofsd];
  const path = findVirtiofsd(looked);
  if (path === undefined) {
    if (backend === "auto" && virtiofsd === undefined) {
      return { kind: "9p", reason: `none of ${looked.join(", ")} can be run` };
    }
    throw new TskataError(
      "not-found",
      `share.backend is ${backend}, but ${virtiofsd ?? "virtiofsd"} can't be run: install it, or set share.backend = "9p"`,
    );
  }
  if (backend === "auto" && isQemus(path)) {
    const nearest = existsSync(qemusState) ? qemusState : dirname(qemusState);
    if (!isWritable(nearest))
      return { kind: "9p", reason: `${path} has to write to ${qemusState}, and ${nearest} can't be written` };
  }
  return { kind: "virtiofsd", path };
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
