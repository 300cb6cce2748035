/** Flags of mount(2) (MS_*) and of mount_setattr(2) (MOUNT_ATTR_*), as linux/mount.h has them. */
const MS = {
  RDONLY: 0x1,
  NOSUID: 0x2,
  NODEV: 0x4,
  NOEXEC: 0x8,
  SYNCHRONOUS: 0x10,
  REMOUNT: 0x20,
  MANDLOCK: 0x40,
  DIRSYNC: 0x80,
  NOSYMFOLLOW: 0x100,
  NOATIME: 0x400,
  NODIRATIME: 0x800,
  BIND: 0x1000,
  REC: 0x4000,
  SILENT: 0x8000,
  UNBINDABLE: 0x20000,
  PRIVATE: 0x40000,
  SLAVE: 0x80000,
  SHARED: 0x100000,
  RELATIME: 0x200000,
  I_VERSION: 0x800000,
  STRICTATIME: 0x1000000,
  LAZYTIME: 0x2000000,
} as const;

const ATTR = {
  RDONLY: 0x1,
  NOSUID: 0x2,
  NODEV: 0x4,
  NOEXEC: 0x8,
  /** Mask of the three that exclude each other; relatime is its zero. */
  ATIME: 0x70,
  RELATIME: 0x0,
  NOATIME: 0x10,
  STRICTATIME: 0x20,
  NODIRATIME: 0x80,
  NOSYMFOLLOW: 0x200000,
} as const;

/** What an option does to a mount's flags: it clears one set of bits, then sets another. */
export interface MountFlagChange {
  readonly set: number;
  readonly clear: number;
}

const set = (flags: number): MountFlagChange => ({ set: flags, clear: 0 });
const clear = (flags: number): MountFlagChange => ({ set: 0, clear: flags });
/** The access time options exclude each other; to undo one is the kernel's default, relatime. */
const atime = (flags: number): MountFlagChange => ({ set: flags, clear: ATTR.ATIME });

/** Options that are flags of mount(2), applied to the one mount (config.md, "Linux mount options"). */
export const MOUNT_FLAG_OPTIONS: Readonly<Record<string, MountFlagChange>> = {
  async: clear(MS.SYNCHRONOUS),
  atime: clear(MS.NOATIME),
  bind: set(MS.BIND),
  defaults: set(0),
  dev: clear(MS.NODEV),
  diratime: clear(MS.NODIRATIME),
  dirsync: set(MS.DIRSYNC),
  exec: clear(MS.NOEXEC),
  iversion: set(MS.I_VERSION),
  lazytime: set(MS.LAZYTIME),
  loud: clear(MS.SILENT),
  mand: set(MS.MANDLOCK),
  noatime: set(MS.NOATIME),
  nodev: set(MS.NODEV),
  nodiratime: set(MS.NODIRATIME),
  noexec: set(MS.NOEXEC),
  noiversion: clear(MS.I_VERSION),
  nolazytime: clear(MS.LAZYTIME),
  nomand: clear(MS.MANDLOCK),
  norelatime: clear(MS.RELATIME),
  nostrictatime: clear(MS.STRICTATIME),
  nosuid: set(MS.NOSUID),
  nosymfollow: set(MS.NOSYMFOLLOW),
  rbind: set(MS.BIND | MS.REC),
  relatime: set(MS.RELATIME),
  remount: set(MS.REMOUNT),
  ro: set(MS.RDONLY),
  rw: clear(MS.RDONLY),
  silent: set(MS.SILENT),
  strictatime: set(MS.STRICTATIME),
  suid: clear(MS.NOSUID),
  symfollow: clear(MS.NOSYMFOLLOW),
  sync: set(MS.SYNCHRONOUS),
};

/** Options that set a mount's propagation, and the flags of the mount(2) call that does it. */
export const PROPAGATION_OPTIONS: Readonly<Record<string, number>> = {
  private: MS.PRIVATE,
  rprivate: MS.PRIVATE | MS.REC,
  rshared: MS.SHARED | MS.REC,
  rslave: MS.SLAVE | MS.REC,
  runbindable: MS.UNBINDABLE | MS.REC,
  shared: MS.SHARED,
  slave: MS.SLAVE,
  unbindable: MS.UNBINDABLE,
};

/** Options for the mount and all below it: attributes of mount_setattr(2) with AT_RECURSIVE. */
export const RECURSIVE_OPTIONS: Readonly<Record<string, MountFlagChange>> = {
  ratime: atime(ATTR.RELATIME),
  rdev: clear(ATTR.NODEV),
  rdiratime: clear(ATTR.NODIRATIME),
  rexec: clear(ATTR.NOEXEC),
  rnoatime: atime(ATTR.NOATIME),
  rnodev: set(ATTR.NODEV),
  rnodiratime: set(ATTR.NODIRATIME),
  rnoexec: set(ATTR.NOEXEC),
  rnorelatime: atime(ATTR.RELATIME),
  rnostrictatime: atime(ATTR.RELATIME),
  rnosuid: set(ATTR.NOSUID),
  rnosymfollow: set(ATTR.NOSYMFOLLOW),
  rrelatime: atime(ATTR.RELATIME),
  rro: set(ATTR.RDONLY),
  rrw: clear(ATTR.RDONLY),
  rstrictatime: atime(ATTR.STRICTATIME),
  rsuid: clear(ATTR.NOSUID),
  rsymfollow: clear(ATTR.NOSYMFOLLOW),
};

/** Options that the runtime carries out itself: a copy of what a tmpfs covers, and id mapped mounts. */
export const EXTENSION_OPTIONS = ["idmap", "ridmap", "tmpcopyup"] as const;

/** The names of all options that are not left to the file system, sorted. */
export function knownMountOptions(): string[] {
  return [
    ...Object.keys(MOUNT_FLAG_OPTIONS),
    ...Object.keys(PROPAGATION_OPTIONS),
    ...Object.keys(RECURSIVE_OPTIONS),
    ...EXTENSION_OPTIONS,
  ].toSorted();
}
