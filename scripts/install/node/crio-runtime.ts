/** Where CRI-O finds it beside the files of others: crio.conf.d(5). */
export const CRIO_FILE = "etc/crio/crio.conf.d/50-tskata.conf";

/**
 * A file of CRI-O's configuration with a runtime for pods in VMs. A pod's VM begins with its infra container, which CRI-O
 * leaves out of pods that share no process namespace unless it is told not to.
 *
 * @param command absolute path of `tskata` on the node
 */
export function crioRuntime(command: string): string {
  return `# tskata: its installer wrote this file, and removes it
[crio.runtime]
drop_infra_ctr = false

[crio.runtime.runtimes.tskata]
runtime_path = "${command}"
runtime_type = "oci"
`;
}
