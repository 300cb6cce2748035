/** One mount of config.json that the host makes, because its files are the host's. */
export type SharedMount = BindSource | OverlaySource;

/** One bind mount of config.json, as the host prepares it. */
export interface BindSource {
  /** Index in the config's `mounts`. */
  readonly index: number;
  /** Where the container sees it. */
  readonly destination: string;
  /** Absolute path on the host. */
  readonly source: string;
  /** Whether that is a directory. */
  readonly directory: boolean;
  /** Who may write: nobody (to what is mounted below neither: `rro`), everybody, or as it is where the source is. */
  readonly access: "ro" | "rro" | "rw" | "keep";
  /** Take the mounts below it along (`rbind`). */
  readonly recursive: boolean;
  /** Whether it follows what is mounted and unmounted below its source later (mount_namespaces(7)). */
  readonly propagation: "slave" | "private" | "rprivate";
  /** Show the files with other owners (`idmap`, `ridmap`). */
  readonly idmap?: Idmap;
}

/** Mapped owners of a bind mount (config.md, "Mounts"). */
export interface Idmap {
  /** Lines of `container-id host-id size`, as user_namespaces(7) has them. */
  readonly uids: string;
  readonly gids: string;
  /** Map the mounts below it as well. */
  readonly recursive: boolean;
}

/** One overlay of directories on the host (`type` is `overlay`), as Podman has for volumes with `:O`. */
export interface OverlaySource {
  /** Index in the config's `mounts`. */
  readonly index: number;
  /** Where the container sees it. */
  readonly destination: string;
  /** The filesystem's own options, such as `lowerdir=/a:/b`. */
  readonly overlay: readonly string[];
}
