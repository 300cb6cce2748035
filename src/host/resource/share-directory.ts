import { mkdirSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./run-command.js";
import type { BindSource, OverlaySource, SharedMount } from "./shared-mount.js";

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
    await this.#detach(this.path);
  }

  /**
   * Adds a container's root filesystem, and the mounts whose files are the host's.
   *
   * @param viewer pid of the process that sees the root filesystem, and the sources of bind mounts; this one where absent
   */
  async addContainer(
    containerId: string,
    rootfs: string,
    mounts: readonly SharedMount[],
    viewer?: number,
  ): Promise<SharedContainer> {
    const root = join(containerId, "rootfs");
    mkdirSync(join(this.#skeleton, root), { recursive: true, mode: 0o755 });
    mkdirSync(join(this.#skeleton, containerId, "mounts"), { mode: 0o755 });
    const how = ["rbind", "keep", "slave"];
    await this.#bind(`share the root filesystem ${rootfs}`, rootfs, join(this.path, root), how, viewer);
    const shared = await Promise.all(
      mounts.map(async (mount) => {
        const add =
          "overlay" in mount ? this.#addOverlay(containerId, mount) : this.#addBind(containerId, mount, viewer);
        return [mount.index, await add] as const;
      }),
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
      await this.#detach(target);
    }
  }

  /**
   * Adds one more directory for a container, for as long as it is in use.
   *
   * @param name a name below the container's, never used for it before: the guest may remember what was there
   */
  async addDirectory(containerId: string, name: string, source: string): Promise<string> {
    const relative = join(containerId, name);
    await mkdir(join(this.#skeleton, relative));
    const target = join(this.path, relative);
    await runCommand(`share ${source}`, this.#bindMount, [source, target, "bind", "keep", "private"]);
    return relative;
  }

  /** Takes it away again. */
  async removeDirectory(relative: string): Promise<void> {
    await this.#detach(join(this.path, relative));
  }

  async #detach(target: string): Promise<void> {
    await runCommand(`stop sharing ${target}`, this.#bindMount, ["--detach", target]);
  }

  async #addBind(containerId: string, bind: BindSource, viewer: number | undefined): Promise<string> {
    const relative = mountPath(containerId, bind);
    const mountPoint = join(this.#skeleton, relative);
    if (bind.directory) mkdirSync(mountPoint);
    else writeFileSync(mountPoint, "");
    const target = join(this.path, relative);
    const what = `share the bind mount of ${bind.source}`;
    const depth = bind.recursive ? "rbind" : "bind";
    const { idmap } = bind;
    const owners = idmap === undefined ? [] : [idmap.recursive ? "ridmap" : "idmap", idmap.uids, idmap.gids];
    await this.#bind(what, bind.source, target, [depth, bind.access, bind.propagation, ...owners], viewer);
    return relative;
  }

  async #bind(
    what: string,
    source: string,
    target: string,
    how: readonly string[],
    viewer: number | undefined,
  ): Promise<void> {
    const from = viewer === undefined ? [] : ["--as-seen-by", String(viewer)];
    await runCommand(what, this.#bindMount, [...from, source, target, ...how]);
  }

  async #addOverlay(containerId: string, mount: OverlaySource): Promise<string> {
    const relative = mountPath(containerId, mount);
    await mkdir(join(this.#skeleton, relative));
    const options = mount.overlay.join(",");
    const what = `share the overlay at ${mount.destination} (${options})`;
    await runCommand(what, "mount", ["-t", "overlay", "-o", `nodev,${options}`, "overlay", join(this.path, relative)]);
    return relative;
  }
}

function mountPath(containerId: string, { index }: SharedMount): string {
  return join(containerId, "mounts", String(index));
}
