import { VERSION } from "../../common/version.js";
import { OCI_VERSION } from "../../oci/config.js";
import type { BuildFeatures } from "../../oci/features.js";
import { HYPERVISOR_ANNOTATION } from "../../oci/vm-annotations.js";

/**
 * The answer to `--version`. Engines take the version from the one line with
 * that word, and the commit from a line that begins with `commit:`.
 */
export function versionText(): string {
  return `tskata version ${VERSION}\nspec: ${OCI_VERSION}\nnode: ${process.version}\n`;
}

/** What this build can do, for the features document. */
export const BUILD_FEATURES: BuildFeatures = {
  version: VERSION,
  commit: "",
  apparmor: false,
  selinux: false,
  idmappedMounts: true,
  netDevices: true,
  checkpoint: true,
  systemdCgroup: false,
  vmAnnotations: [HYPERVISOR_ANNOTATION],
};
