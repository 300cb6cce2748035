import { readFileSync } from "node:fs";
import { join } from "node:path";
import { OciBlobs } from "../../../scripts/oci/oci-blobs.js";
import { writeOciArchive } from "../../../scripts/oci/write-oci-archive.js";
import { busyboxArchive } from "./busybox-image.js";
import type { EngineWorld } from "./engine-world.js";

/** The tests' image as a tar archive, for engines without an import of root filesystems. */
export function ociArchive(world: EngineWorld, name: string): string {
  const blobs = new OciBlobs();
  const layer = blobs.addLayer(readFileSync(busyboxArchive(world)));
  const manifest = blobs.addImage({ Env: ["PATH=/bin"], Cmd: ["sh"] }, [layer]);
  return writeOciArchive(join(world.directory, "oci-layout"), name, blobs, manifest);
}
