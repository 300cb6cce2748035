/**
 * The beginning of a command line, for unshare(1), that gives a program a mount
 * namespace of its own: the host's later mounts are seen in it, its own aren't
 * on the host.
 */
export const IN_OWN_MOUNT_NAMESPACE = ["unshare", "--mount", "--propagation", "slave"] as const;
