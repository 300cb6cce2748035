import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Descriptor, OciBlobs } from "../oci/oci-blobs.js";
import { INSTALLER, makeInstallerRoot } from "./make-installer-root.js";

/** As `deploy/` names it. */
export const INSTALLER_REPOSITORY = "tskata-node-installer";

/**
 * Adds the image that sets up nodes of a cluster to some blobs.
 *
 * @param directory for scratch; must not exist yet
 * @param checkout is built, its guest as well
 * @returns what describes its manifest
 */
export async function addInstallerImage(blobs: OciBlobs, directory: string, checkout: string): Promise<Descriptor> {
  await makeInstallerRoot(directory, checkout);
  const archive = `${directory}.tar`;
  const alike = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  execFileSync("tar", ["-C", directory, ...alike, "-cf", archive, "."]);
  const layer = blobs.addLayer(readFileSync(archive));
  const config = { Env: ["PATH=/usr/bin:/bin"], Entrypoint: ["node", INSTALLER], Cmd: ["--help"] };
  return blobs.addImage(config, [layer]);
}
