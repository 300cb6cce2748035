import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { busyboxArchive } from "./busybox-image.js";
import type { EngineWorld } from "./engine-world.js";

const IMAGE_TYPE = "application/vnd.oci.image";

/** What an OCI layout says of one of its blobs. */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** The tests' image in an OCI layout (image-layout.md) as a tar archive, for engines without an import of root filesystems. */
export function ociArchive(world: EngineWorld, name: string): string {
  const directory = world.makeDirectory("oci-layout");
  const blobs = join(directory, "blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  const add = (mediaType: string, content: Buffer): Descriptor => {
    const hash = createHash("sha256").update(content).digest("hex");
    writeFileSync(join(blobs, hash), content);
    return { mediaType: `${IMAGE_TYPE}.${mediaType}`, digest: `sha256:${hash}`, size: content.length };
  };
  const addJson = (mediaType: string, value: object): Descriptor => add(mediaType, Buffer.from(JSON.stringify(value)));
  const layer = add("layer.v1.tar", readFileSync(busyboxArchive(world)));
  const config = addJson("config.v1+json", {
    architecture: "amd64",
    os: "linux",
    config: { Env: ["PATH=/bin"], Cmd: ["sh"] },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
  });
  const manifest = addJson("manifest.v1+json", { schemaVersion: 2, config, layers: [layer] });
  const annotations = { "io.containerd.image.name": name };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  writeFileSync(join(directory, "index.json"), JSON.stringify(index));
  writeFileSync(join(directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const archive = `${directory}.tar`;
  execFileSync("tar", ["-C", directory, "-cf", archive, "."]);
  return archive;
}
