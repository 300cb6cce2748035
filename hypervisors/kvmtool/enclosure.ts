import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { HostUser } from "../hypervisor.js";

/** A file or directory of the host as lkvm sees it. */
export interface EnclosedPart {
  readonly source: string;
  /** In lkvm's root. */
  readonly target: string;
  readonly access: "ro" | "rw";
}

/** As whom lkvm runs, and with what rights: capabilities(7). */
export interface EnclosedIdentity {
  readonly user: HostUser;
  readonly groups: readonly number[];
  readonly capabilities: readonly EnclosedCapability[];
}

/** Capabilities by their numbers in linux/capability.h. */
const CAPABILITIES = { chown: 0, dac_override: 1, fowner: 3, fsetid: 4, net_admin: 12, setfcap: 31 } as const;

/** What glibc loads where a thread is cancelled, which lkvm does when its guest ends. */
const LOADED_BY_NAME = "libgcc_s.so.1";

/** What lkvm may need. */
export type EnclosedCapability = keyof typeof CAPABILITIES;

/** What a file server does for others: it may make no devices, since it could be led to open them. */
export const FILE_SERVER_CAPABILITIES: readonly EnclosedCapability[] = [
  "chown",
  "dac_override",
  "fowner",
  "fsetid",
  "setfcap",
];

/** Where a root is mounted, and what is in it. */
export interface Enclosure {
  /** Path of our program. */
  readonly program: string;
  /** An existing directory of the VM's own. */
  readonly root: string;
  readonly identity: EnclosedIdentity;
  readonly parts: readonly EnclosedPart[];
  /** Whether there are terminals, the first as the command's standard input and output. */
  readonly hasTerminals: boolean;
}

/** A command that runs in a root and a network namespace of its own, and dies with this process. */
export function enclosed(
  { program, root, identity, parts, hasTerminals }: Enclosure,
  command: readonly string[],
): string[] {
  const { user, groups, capabilities } = identity;
  const mask = capabilities.reduce((bits, name) => bits | (1n << BigInt(CAPABILITIES[name])), 0n);
  return [
    ...[
      program,
      ...(hasTerminals ? ["-t"] : []),
      root,
      `${user.uid}`,
      `${user.gid}`,
      groups.length === 0 ? "-" : groups.join(","),
      `${mask}`,
    ],
    ...parts.flatMap(({ access, source, target }) => [access, source, target]),
    ...["--", ...command],
  ];
}

/**
 * The libraries that a program is loaded with, the loader among them; none for one that is linked statically. See ldd(1).
 *
 * @throws the signal's reason
 */
export async function librariesOf(binary: string, signal?: AbortSignal): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)("ldd", [binary], { ...(signal && { signal }), timeout: 10_000 });
    const libraries = parseLibraries(stdout);
    const byName = [...new Set(libraries.map((path) => join(dirname(path), LOADED_BY_NAME)))];
    return [...new Set([...libraries, ...byName.filter((path) => existsSync(path))])];
  } catch {
    signal?.throwIfAborted();
    // That it is not a dynamic executable is a status as well: if it is one, it tells what it misses itself.
    return [];
  }
}

/** Reads what ldd prints; exported for its test. */
export function parseLibraries(output: string): string[] {
  const paths = output
    .split("\n")
    .map((line) => /^\s*(?:\S+ => )?(\/\S+)(?: => \S+)? \(0x[0-9a-f]+\)$/.exec(line)?.[1]);
  return paths.filter((path) => path !== undefined);
}
