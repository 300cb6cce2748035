/**
 * The mount options that are not left to the file system, by what they act on
 * (config.md, "Linux mount options"; mount(8), mount_setattr(2)).
 */

/** Attributes of a mount (MOUNT_ATTR_* of linux/mount.h) but for the access time. */
const ATTRIBUTE = {
  readonly: 0x1,
  nosuid: 0x2,
  nodev: 0x4,
  noexec: 0x8,
  nodiratime: 0x80,
  nosymfollow: 0x200000,
} as const;

/** Values of the access time's field (MOUNT_ATTR__ATIME). */
const ATIME = { relatime: 0x00, noatime: 0x10, strictatime: 0x20 } as const;

/** Propagation types and the flag for the whole tree (MS_* of linux/mount.h). */
const PROPAGATION = {
  recursive: 0x4000,
  unbindable: 0x20000,
  private: 0x40000,
  slave: 0x80000,
  shared: 0x100000,
} as const;

/** Options that set or clear an attribute. With an `r` before the name they hold for the whole tree. */
export const ATTRIBUTE_OPTIONS: Readonly<Record<string, readonly [bit: number, set: boolean]>> = {
  ro: [ATTRIBUTE.readonly, true],
  rw: [ATTRIBUTE.readonly, false],
  nosuid: [ATTRIBUTE.nosuid, true],
  suid: [ATTRIBUTE.nosuid, false],
  nodev: [ATTRIBUTE.nodev, true],
  dev: [ATTRIBUTE.nodev, false],
  noexec: [ATTRIBUTE.noexec, true],
  exec: [ATTRIBUTE.noexec, false],
  nodiratime: [ATTRIBUTE.nodiratime, true],
  diratime: [ATTRIBUTE.nodiratime, false],
  nosymfollow: [ATTRIBUTE.nosymfollow, true],
  symfollow: [ATTRIBUTE.nosymfollow, false],
};

/**
 * Options that choose the access time's mode; undefined takes an earlier
 * choice back. With an `r` before the name they hold for the whole tree.
 */
export const ATIME_OPTIONS: Readonly<Record<string, number | undefined>> = {
  atime: ATIME.relatime,
  noatime: ATIME.noatime,
  relatime: ATIME.relatime,
  norelatime: undefined,
  strictatime: ATIME.strictatime,
  nostrictatime: undefined,
};

/** Options that set the propagation, and the flags of the mount(2) call for it. */
export const PROPAGATION_OPTIONS: Readonly<Record<string, number>> = {
  private: PROPAGATION.private,
  shared: PROPAGATION.shared,
  slave: PROPAGATION.slave,
  unbindable: PROPAGATION.unbindable,
  rprivate: PROPAGATION.private | PROPAGATION.recursive,
  rshared: PROPAGATION.shared | PROPAGATION.recursive,
  rslave: PROPAGATION.slave | PROPAGATION.recursive,
  runbindable: PROPAGATION.unbindable | PROPAGATION.recursive,
};

/** Options that say how to mount rather than what the mount is like. */
export const ACTION_OPTIONS = ["bind", "rbind", "remount", "idmap", "ridmap", "tmpcopyup"] as const;

/** Options of the file system's superblock that every file system takes; fsconfig(2) has them by name. */
export const SUPERBLOCK_OPTIONS = ["async", "dirsync", "lazytime", "mand", "nolazytime", "nomand", "sync"] as const;

/** Options of mount(8) that neither the mount nor the file system has to hear of. */
export const OPTIONS_WITHOUT_EFFECT = ["acl", "defaults", "iversion", "loud", "noacl", "noiversion", "silent"] as const;

/** The names of all these options, sorted. */
export function knownMountOptions(): string[] {
  const perMount = [...Object.keys(ATTRIBUTE_OPTIONS), ...Object.keys(ATIME_OPTIONS)];
  return [
    ...perMount,
    ...perMount.map((name) => `r${name}`),
    ...Object.keys(PROPAGATION_OPTIONS),
    ...ACTION_OPTIONS,
    ...SUPERBLOCK_OPTIONS,
    ...OPTIONS_WITHOUT_EFFECT,
  ].toSorted();
}
