import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoName, TskataError } from "../../common/error.js";
import { runCommand } from "./run-command.js";

/** One bind mount of config.json, as the host prepares it. */
export interface BindSource {
  /** Index in the config's `mounts`. */
  readonly index: number;
  /** Absolute path on the host. */
  readonly source: string;
  /** Who may write: nobody (to what is mounted below neither: `rro`), everybody, or as it is where the source is. */
  readonly access: "ro" | "rro" | "rw" | "keep";
  /** Take the mounts below it along (`rbind`). */
  readonly recursive: boolean;
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

/** Paths below the share, as the guest sees them under the share's mount point. */
export interface SharedContainer {
  readonly rootfs: string;
  readonly binds: ReadonlyMap<number, string>;
}

/**
 * The one directory of the host that the guest sees. Root filesystems and bind
 * sources are bind-mounted below it in the supervisor's own mount namespace,
 * so that they vanish with it. Read-only binds are read-only on the host too,
 * and so is the directory itself: the guest is not trusted to keep them so.
 */
export class ShareDirectory {
  readonly path: string;
  readonly #skeleton: string;
  readonly #bindMount: string;

  /**
   * @param path an existing empty directory, where the guest's view is mounted
   * @param skeleton another one, which gets the mount points
   * @param bindMount our program that makes bind mounts
   */
  constructor(path: string, skeleton: string, bindMount: string) {
    this.path = path;
    this.#skeleton = skeleton;
    this.#bindMount = bindMount;
  }

  /**
   * Makes the directory a mount of its own whose later mounts reach the file
   * server's namespace, but never leave ours.
   */
  async prepare(): Promise<void> {
    const what = "share files with the guest";
    await runCommand(what, "mount", ["-o", "bind,ro", this.#skeleton, this.path]);
    await runCommand(what, "mount", ["--make-private", this.path]);
    await runCommand(what, "mount", ["--make-shared", this.path]);
  }

  /** Takes the guest's view away with everything mounted in it. */
  async close(): Promise<void> {
    await runCommand("stop sharing files with the guest", "umount", ["--recursive", "--lazy", this.path]);
  }

  /** Adds a container's root filesystem and its bind sources. */
  async addContainer(containerId: string, rootfs: string, binds: readonly BindSource[]): Promise<SharedContainer> {
    const root = join(containerId, "rootfs");
    await mkdir(join(this.#skeleton, root), { recursive: true, mode: 0o755 });
    await mkdir(join(this.#skeleton, containerId, "mounts"), { mode: 0o755 });
    await runCommand(`share the root filesystem ${rootfs}`, "mount", ["--rbind", rootfs, join(this.path, root)]);
    const shared = await Promise.all(
      binds.map(async (bind) => [bind.index, await this.#addBind(containerId, bind)] as const),
    );
    return { rootfs: root, binds: new Map(shared) };
  }

  /**
   * Takes a container's mounts away again. Never follows a link that the guest
   * made: the mount points are ours, and busy ones are detached.
   */
  async removeContainer(containerId: string, binds: Iterable<number>): Promise<void> {
    const base = join(this.path, containerId);
    const targets = [...binds].map((index) => join(base, "mounts", String(index)));
    for (const target of [...targets, join(base, "rootfs")]) {
      await runCommand(`stop sharing ${target}`, "umount", ["--lazy", "--no-canonicalize", target]);
    }
  }

  async #addBind(containerId: string, bind: BindSource): Promise<string> {
    const relative = join(containerId, "mounts", String(bind.index));
    const mountPoint = join(this.#skeleton, relative);
    if (await isDirectory(bind.source)) await mkdir(mountPoint);
    else await writeFile(mountPoint, "");
    const target = join(this.path, relative);
    const what = `share the bind mount of ${bind.source}`;
    const depth = bind.recursive ? "rbind" : "bind";
    const { idmap } = bind;
    const owners = idmap === undefined ? [] : [idmap.recursive ? "ridmap" : "idmap", idmap.uids, idmap.gids];
    await runCommand(what, this.#bindMount, [bind.source, target, depth, bind.access, ...owners]);
    return relative;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    if (errnoName(cause) === "ENOENT") {
      throw new TskataError("not-found", `bind mount ${path}: no such file or directory on the host`, { cause });
    }
    throw cause;
  }
}
