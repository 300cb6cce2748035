import { createHash } from "node:crypto";

/** What stands before the kinds of OCI's media types (image-spec, media-types.md). */
const TYPE_PREFIX = "application/vnd.oci.image";

/** What a manifest says of a blob (image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** A blob with the type that it was added with. */
export interface Blob {
  readonly mediaType: string;
  readonly content: Buffer;
}

/** The `config` of an image (image-spec, config.md); what isn't given is empty. */
export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly User?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

/** Images for amd64 as blobs in memory, by their digests. */
export class OciBlobs {
  readonly byDigest = new Map<string, Blob>();

  /** Adds a layer: a tar archive without compression. */
  addLayer(archive: Buffer): Descriptor {
    return this.#add("layer.v1.tar", archive);
  }

  /** Adds an image of layers that were added, and returns what describes its manifest. */
  addImage(config: ImageConfig, layers: readonly Descriptor[]): Descriptor {
    const described = this.#addJson("config.v1+json", {
      architecture: "amd64",
      os: "linux",
      config,
      rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    });
    const mediaType = `${TYPE_PREFIX}.manifest.v1+json`;
    return this.#addJson("manifest.v1+json", { schemaVersion: 2, mediaType, config: described, layers });
  }

  #addJson(kind: string, value: object): Descriptor {
    return this.#add(kind, Buffer.from(JSON.stringify(value)));
  }

  #add(kind: string, content: Buffer): Descriptor {
    const mediaType = `${TYPE_PREFIX}.${kind}`;
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    this.byDigest.set(digest, { mediaType, content });
    return { mediaType, digest, size: content.length };
  }
}
