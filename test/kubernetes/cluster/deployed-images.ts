import { repositoryRoot } from "../../../scripts/artifacts/repository-root.js";
import { addInstallerImage, INSTALLER_REPOSITORY } from "../../../scripts/node-image/installer-image.js";
import { VERSION } from "../../../src/common/version.js";
import type { ImageSet } from "../../conformance/cri/stand-in-images.js";
import { BUSYBOX } from "../support/manifests.js";

/** Of the example. */
const EXAMPLES = "library/busybox:1.36";

/**
 * Adds what `deploy/` names: the installer's image, and a stand-in for that of
 * the example.
 *
 * @param directory for scratch; must not exist yet
 */
export async function addDeployedImages({ blobs, tags }: ImageSet, directory: string): Promise<void> {
  const { digest } = await addInstallerImage(blobs, directory, repositoryRoot(import.meta.url));
  tags.set(`library/${INSTALLER_REPOSITORY}:${VERSION}`, digest);
  const busybox = tags.get(BUSYBOX.slice(BUSYBOX.indexOf("/") + 1));
  if (busybox === undefined) throw new Error(`no stand-in for ${BUSYBOX}`);
  tags.set(EXAMPLES, busybox);
}
