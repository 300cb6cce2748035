import { readFileSync } from "node:fs";
import path from "node:path";
import { mappedUserIds } from "../resource/user-namespace.js";

/** Who calls, as far as it decides where files are. */
export interface Caller {
  /** 0 for root, be it of a user namespace alone. */
  readonly uid: number;
  /** In a user namespace that isn't the host's own: which user its root is outside. */
  readonly rootOutside?: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly passwdPath: string;
}

/** The directories of an ordinary user for what programs keep: the XDG Base Directory Specification. */
export interface UsersOwn {
  /** Gone after the user's last session; absolute. */
  readonly runtimeDirectory: string;
  /** Absolute; undefined where no home is known. */
  readonly configDirectory: string | undefined;
}

/** This process. */
export function caller(): Caller {
  const rootOutside = mappedUserIds()?.find(({ inside }) => inside === 0)?.outside;
  return {
    uid: process.geteuid?.() ?? 0,
    ...(rootOutside !== undefined && { rootOutside }),
    environment: process.env,
    passwdPath: "/etc/passwd",
  };
}

/**
 * The directories to use instead of the system's, as runc does: where the
 * caller is an ordinary user, or root of a user namespace that such a one has
 * made, and has a runtime directory. Who is root by name in a user namespace is
 * taken as that of a machine of its own. `XDG_CONFIG_HOME` is not followed:
 * Podman passes it to no command of a runtime's, and `HOME` to some.
 */
export function usersOwn({ uid, rootOutside, environment, passwdPath }: Caller = caller()): UsersOwn | undefined {
  const { XDG_RUNTIME_DIR: runtimeDirectory = "", HOME, USER } = environment;
  const isConfined = rootOutside !== undefined;
  if (!path.isAbsolute(runtimeDirectory) || (uid === 0 && (!isConfined || USER === "root"))) return undefined;
  const home = HOME ?? homeOf(isConfined ? rootOutside : uid, passwdPath);
  return { runtimeDirectory, configDirectory: path.isAbsolute(home) ? path.join(home, ".config") : undefined };
}

/** See passwd(5); empty where the file doesn't know the user. */
function homeOf(uid: number, passwdPath: string): string {
  const lines = readFileSync(passwdPath, "utf8").split("\n");
  return lines.map((line) => line.split(":")).find((fields) => fields[2] === String(uid))?.[5] ?? "";
}
