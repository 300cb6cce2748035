/** An entry of `mounts` (config.md, "Mounts"). */
export interface Mount {
  /** Path in the container; a relative one counts from `/`. */
  readonly destination: string;
  /** File system type; of no account for bind mounts. */
  readonly type?: string;
  /** For bind mounts a path, where relative counted from the bundle. */
  readonly source?: string;
  /** Options of tables/mount-options.ts; others are the file system's own. */
  readonly options?: readonly string[];
  /** Id mapping of this mount, given together with `gidMappings`. */
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
}

/** A range of ids (config-linux.md, "User namespace mappings"). */
export interface IdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}
