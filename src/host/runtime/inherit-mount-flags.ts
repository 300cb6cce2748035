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
/** Options that choose how access times are kept. The kernel takes `nodiratime` alone for `relatime` with it. */
const WAYS_OF_ACCESS_TIME = ["noatime", "relatime", "strictatime", "nodiratime"];

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
    if (hasUserNamespace && options.includes(clear)) throw locked(what, set);
    if (hasUserNamespace || !asksForFlags) inherited.push(set);
  }
  if (source.includes("nosymfollow") && !asksForFlags) inherited.push("nosymfollow");
  const way = accessTime(source, "strictatime");
  const times = [...(source.includes("nodiratime") ? ["nodiratime"] : []), ...(way === "relatime" ? [] : [way])];
  // Only another way takes the place of the source's: to clear a flag isn't one.
  if (!options.some((option) => WAYS_OF_ACCESS_TIME.includes(option))) return [...options, ...inherited, ...times];
  const changesDirectories = options.includes("nodiratime") !== source.includes("nodiratime");
  if (hasUserNamespace && (changesDirectories || accessTime(options, "relatime") !== way)) throw locked(what, way);
  return [...options, ...inherited];
}

function accessTime(options: readonly string[], otherwise: string): string {
  return ["noatime", "relatime", "strictatime"].find((way) => options.includes(way)) ?? otherwise;
}

function locked(what: string, flag: string): TskataError {
  const reason = `its source is mounted ${flag}, which a user namespace can't undo`;
  return new TskataError("permission", `error mounting ${what}: operation not permitted: ${reason}`);
}
