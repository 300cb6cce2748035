import { InvalidArgumentError } from "commander";
import type { Capabilities, Process, User } from "../../oci/process.js";

/** The options of `exec` that describe the process. */
export interface ExecFlags {
  readonly tty?: boolean;
  readonly cwd?: string;
  readonly env?: readonly string[];
  readonly user?: NumericUser;
  readonly additionalGids?: readonly number[];
  readonly cap?: readonly string[];
  readonly apparmor?: string;
  readonly processLabel?: string;
  readonly noNewPrivs?: boolean;
}

/** A user by number; the container's own group where `gid` is absent. */
export interface NumericUser {
  readonly uid: number;
  readonly gid?: number;
}

const MAX_ID = 2 ** 32 - 2;

/** Parses `--user UID[:GID]`. */
export function parseUser(value: string): NumericUser {
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(value) ?? [];
  if (uid === undefined || Number(uid) > MAX_ID || Number(gid ?? 0) > MAX_ID) {
    throw new InvalidArgumentError(
      "It is no uid or uid:gid; names can't be looked up before the process is in the container.",
    );
  }
  return { uid: Number(uid), ...(gid === undefined ? {} : { gid: Number(gid) }) };
}

/**
 * The process that `exec` starts: the container's own, with what the command
 * line says in its place, as runc does it. It has a terminal only where
 * `--tty` asks for one.
 *
 * @param base `process` of the container's config.json
 * @param args program and arguments
 */
export function execProcessSpec(base: Process, args: readonly string[], flags: ExecFlags): Process {
  const { consoleSize: _consoleSize, ...rest } = base;
  return {
    ...rest,
    args,
    terminal: flags.tty === true,
    cwd: flags.cwd ?? base.cwd,
    env: [...(base.env ?? []), ...(flags.env ?? [])],
    user: userOf(base.user, flags),
    ...capabilitiesOf(base.capabilities, flags.cap ?? []),
    ...(flags.apparmor === undefined ? {} : { apparmorProfile: flags.apparmor }),
    ...(flags.processLabel === undefined ? {} : { selinuxLabel: flags.processLabel }),
    ...(flags.noNewPrivs === true ? { noNewPrivileges: true } : {}),
  };
}

function userOf(base: User | undefined, { user, additionalGids = [] }: ExecFlags): User {
  const gids = [...(base?.additionalGids ?? []), ...additionalGids];
  return { ...base, ...user, ...(gids.length === 0 ? {} : { additionalGids: gids }) };
}

/**
 * Adds capabilities to the sets that give them to the process. Ambient ones
 * must be inheritable too, which the command line can't say, so they are left
 * to containers that have inheritable ones.
 */
function capabilitiesOf(
  base: Capabilities | undefined,
  names: readonly string[],
): { readonly capabilities?: Capabilities } {
  if (names.length === 0) return base === undefined ? {} : { capabilities: base };
  const added = names.map(capabilityName);
  const withAdded = (set: readonly string[] = []): string[] => [...new Set([...set, ...added])];
  return {
    capabilities: {
      ...base,
      bounding: withAdded(base?.bounding),
      effective: withAdded(base?.effective),
      permitted: withAdded(base?.permitted),
      ...(base?.inheritable === undefined ? {} : { ambient: withAdded(base.ambient) }),
    },
  };
}

function capabilityName(name: string): string {
  const upper = name.toUpperCase();
  return upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
}
