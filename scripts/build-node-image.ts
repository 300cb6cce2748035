import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../src/common/error.js";
import { VERSION } from "../src/common/version.js";
import { addInstallerImage, INSTALLER_REPOSITORY } from "./node-image/installer-image.js";
import { OciBlobs } from "./oci/oci-blobs.js";
import { writeOciArchive } from "./oci/write-oci-archive.js";
import { repositoryRoot } from "./artifacts/repository-root.js";

/**
 * Builds the image of `deploy/`, which sets up nodes of a Kubernetes cluster,
 * as an OCI archive under `build/`: `npm run build:node-image [-- NAME]`. NAME is the
 * reference that it gets, by default the one without a registry that `deploy/` has.
 */
async function main(given: string | undefined): Promise<void> {
  const checkout = repositoryRoot(import.meta.url);
  const name = given ?? `docker.io/library/${INSTALLER_REPOSITORY}:${VERSION}`;
  const scratch = mkdtempSync(join(tmpdir(), "node-image-"));
  try {
    const blobs = new OciBlobs();
    const manifest = await addInstallerImage(blobs, join(scratch, "root"), checkout);
    const archive = join(checkout, "build", `${INSTALLER_REPOSITORY}.tar`);
    copyFileSync(writeOciArchive(join(scratch, "layout"), name, blobs, manifest), archive);
    console.log(`${name} is in ${archive}`);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(`build the node's image: ${messageOf(error)}`);
  process.exitCode = 1;
});
