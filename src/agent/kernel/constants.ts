/**
 * Numbers of the kernel's interface that plans use (x86-64 and arm64 alike):
 * sched.h, mount.h, resource.h of linux/.
 */

/** CLONE_NEW* of clone(2). */
export const CLONE_NEW = {
  time: 0x80,
  mount: 0x20000,
  cgroup: 0x2000000,
  uts: 0x4000000,
  ipc: 0x8000000,
  user: 0x10000000,
  pid: 0x20000000,
  network: 0x40000000,
} as const;

/** MOUNT_ATTR_* of mount_setattr(2). */
export const MOUNT_ATTR = {
  readonly: 0x1,
  nosuid: 0x2,
  nodev: 0x4,
  noexec: 0x8,
  /** Mask of the three atime modes; relatime is 0. */
  atimeMask: 0x70,
  relatime: 0x0,
  noatime: 0x10,
  strictatime: 0x20,
  nodiratime: 0x80,
  nosymfollow: 0x200000,
} as const;

/** Propagation types of mount(2). */
export const PROPAGATION = {
  unbindable: 0x20000,
  private: 0x40000,
  slave: 0x80000,
  shared: 0x100000,
  /** MS_REC: the whole tree. */
  recursive: 0x4000,
} as const;

/** IFA_F_* of linux/if_addr.h. */
export const ADDRESS_FLAGS = {
  /** IFA_F_NODAD: it isn't looked for on the network first. */
  withoutDetection: 0x02,
  /** IFA_F_PERMANENT. */
  permanent: 0x80,
  /** IFA_F_NOPREFIXROUTE. */
  withoutPrefixRoute: 0x200,
} as const;

/** RTNH_F_* of linux/rtnetlink.h. */
export const NEXT_HOP_FLAGS = { onLink: 0x04 } as const;

/** enum bpf_attach_type of linux/bpf.h: where a program that changes addresses is asked. */
export const ATTACH_TYPES = {
  connect4: 10,
  connect6: 11,
  sendMessage4: 14,
  receiveMessage4: 19,
  receiveMessage6: 20,
} as const;
