import { VERSION } from "../../common/version.js";
import type { BuildFeatures } from "../../oci/features.js";
import { HYPERVISOR_ANNOTATION } from "../../oci/vm-annotations.js";

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
