import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Descriptor, OciBlobs } from "./oci-blobs.js";

/**
 * Writes an image in an OCI layout (image-spec, image-layout.md) as a tar
 * archive, which engines import.
 *
 * @param directory for scratch; is made
 * @param name the image's, such as `local.test/busybox:1`
 * @param manifest what describes the image among the blobs
 * @returns the archive's path: the directory's with `.tar`
 */
export function writeOciArchive(directory: string, name: string, blobs: OciBlobs, manifest: Descriptor): string {
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
