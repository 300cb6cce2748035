/** Which hypervisor driver runs the container's VM, where the host's configuration allows to ask. */
export const HYPERVISOR_ANNOTATION = "io.tskata.hypervisor";
