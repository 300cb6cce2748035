import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OciBlobs } from "../../support/oci-blobs.js";
import { busyboxArchive } from "./busybox-image.js";
import type { EngineWorld } from "./engine-world.js";

/** The tests' image in an OCI layout (image-layout.md) as a tar archive, for engines without an import of root filesystems. */
export function ociArchive(world: EngineWorld, name: string): string {
  const directory = world.makeDirectory("oci-layout");
  const blobs = new OciBlobs();
  const layer = blobs.addLayer(readFileSync(busyboxArchive(world)));
  const manifest = blobs.addImage({ Env: ["PATH=/bin"], Cmd: ["sh"] }, [layer]);
  mkdirSync(join(directory, "blobs/sha256"), { recursive: true });
  for (const [digest, { content }] of blobs.byDigest) {
    writeFileSync(join(directory, "blobs", digest.replace(":", "/")), content);
  }
  const annotations = { "io.containerd.image.name": name };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  writeFileSync(join(directory, "index.json"), JSON.stringify(index));
  writeFileSync(join(directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const archive = `${directory}.tar`;
  execFileSync("tar", ["-C", directory, "-cf", archive, "."]);
  return archive;
}
