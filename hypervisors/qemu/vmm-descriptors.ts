/** The guest's `tskata.agent` port: a descriptor that QEMU inherits, one end of a socket pair. */
export const AGENT_FD = 3;
/** QMP, likewise. */
export const CONTROL_FD = 4;
/** The guest's serial console, likewise. */
export const CONSOLE_FD = 5;
/** The guest's kernel, opened for QEMU, who may have no way to its path. */
export const KERNEL_FD = 6;
/** The guest's root image, likewise. */
export const IMAGE_FD = 7;
/** The guest's initial RAM disk, where it has one. */
export const INITRD_FD = 8;
/** The guest's memory, where that is a file. */
export const MEMORY_FD = 9;
/** What the devices of a template's VM were when it was captured. */
export const STATE_FD = 10;
/** The host kernel's vsock, with the VM's CID. */
export const VSOCK_FD = 11;
/** What QEMU is told to open as the guest's memory. */
export const MEMORY_PATH = `/proc/self/fd/${MEMORY_FD}`;
