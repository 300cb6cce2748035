import { TskataError } from "../../common/error.js";

/** Options that say something of one flag, by the option that sets it. */
const FLAG_OPTIONS = {
  ro: ["ro", "rw"],
  nosuid: ["nosuid", "suid"],
  nodev: ["nodev", "dev"],
  noexec: ["noexec", "exec"],
  nosymfollow: ["nosymfollow", "symfollow"],
  nodiratime: ["nodiratime", "diratime"],
} as const;
const ACCESS_TIME_OPTIONS = ["atime", "noatime", "relatime", "norelatime", "strictatime", "nostrictatime"];
const FLAG_WORDS: ReadonlySet<string> = new Set([...Object.values(FLAG_OPTIONS).flat(), ...ACCESS_TIME_OPTIONS]);
/** What a mount that comes from another user namespace can't lose (mount_namespaces(7)). */
const LOCKED = ["ro", "nosuid", "nodev", "noexec"] as const;

/**
 * The options of a bind mount with the flags that it has from the mount it is
 * taken of, as with mount(2): all of them where no flag is asked for, else the
 * way access times are kept, and in a user namespace also what is locked.
 *
 * @param options of config.json
 * @param source options of the mount that the source is on
 * @param what the mount, for the error's text
 * @throws TskataError `permission` where a user namespace asks to lose a locked flag
 */
export function inheritMountFlags(
  options: readonly string[],
  source: readonly string[],
  hasUserNamespace: boolean,
  what: string,
): string[] {
  const asksForFlags = options.some((option) => FLAG_WORDS.has(option));
  const inherited: string[] = [];
  for (const flag of LOCKED) {
    const [set, clear] = FLAG_OPTIONS[flag];
    if (!source.includes(set) || options.includes(set)) continue;
    if (hasUserNamespace && options.includes(clear)) {
      throw new TskataError(
        "permission",
        `error mounting ${what}: operation not permitted: its source is mounted ${set}, which a user namespace can't undo`,
      );
    }
    if (hasUserNamespace || !asksForFlags) inherited.push(set);
  }
  if (source.includes("nosymfollow") && !asksForFlags) inherited.push("nosymfollow");
  if (source.includes("nodiratime")) inherited.push("nodiratime");
  return [...options, ...inherited, ...inheritedAccessTime(options, source)];
}

/** Only another way takes the place of the source's: to clear a flag isn't one. */
function inheritedAccessTime(options: readonly string[], source: readonly string[]): string[] {
  if (options.some((option) => ["noatime", "relatime", "strictatime"].includes(option))) return [];
  if (source.includes("noatime")) return ["noatime"];
  return source.includes("relatime") ? [] : ["strictatime"];
}
