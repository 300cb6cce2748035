import { fileURLToPath } from "node:url";

/** A file of `dist`, both from here and from the lab's suite, which is a bundle in dist/lab. */
function built(path: string): string {
  return fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));
}

/** The image of a guest for the contract of drivers; its init is contract-init.c. */
export const CONTRACT_IMAGE = built("lab/contract.erofs");

/** The built library that QEMU's own virtiofsd needs. */
export const VIRTIOFSD_PRELOAD = built("libexec/tskata-virtiofsd-preload.so");

/** The built program that copies a template's memory. */
export const MEMORY_COPIER = built("libexec/tskata-memory-copier");

/** The built library that lets QEMU map a template's memory. */
export const MEMORY_PRELOAD = built("libexec/tskata-memory-preload.so");

/** The built program that makes taps. */
export const TAP_SENDER = built("libexec/tskata-tap-sender");

/** The built program that makes bind mounts. */
export const BIND_MOUNT = built("libexec/tskata-bind-mount");

/** The built program that shuts lkvm in. */
export const ENCLOSURE = built("libexec/tskata-enclosure");

/** The library that lets a QEMU be forked. */
export const FORK_SERVER = built("libexec/tskata-fork-server.so");

/** The program that asks it to. */
export const FORK_CLIENT = built("libexec/tskata-fork-client");

/** The program that puts itself into cgroups and becomes another one. */
export const ENTER_CGROUPS = built("libexec/tskata-enter-cgroups");

/** The program that is joined with kvmtool's consoles. */
export const CONSOLE_RELAY = built("libexec/tskata-console-relay");

/** The native part of vsock-ts. */
export const VSOCK_PART = built("libexec/tskata-vsock.node");

/** The script that moves the host's end of a network card of Xen's. */
export const VIF_SCRIPT = built("libexec/tskata-xen-vif");

/** The script that shares files with a guest of Xen's. */
export const DISK_SCRIPT = built("libexec/tskata-xen-disk");
