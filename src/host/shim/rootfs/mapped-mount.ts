import { mkdir, rmdir } from "node:fs/promises";
import { join, posix } from "node:path";
import { runCommand } from "../../resource/run-command.js";
import type { Mount } from "../api/gen/well-known/common_pb.js";
import { makeMount } from "./make-mount.js";
import type { MappedOwners } from "./mapped-owners.js";
import { commonDirectory, lowerLayers, withLayers } from "./overlay-layers.js";

/**
 * Makes one mount of a root filesystem whose files have the owners that a user namespace wants (mount_setattr(2),
 * "ID-mapped mounts"). Of an overlay that is so for the layers below: what is written belongs to the container already.
 *
 * @param target absolute path
 * @param bindMount our program that makes bind mounts
 * @throws TskataError `internal` with what is refused; then nothing of it is left
 */
export async function makeMappedMount(
  mount: Mount,
  target: string,
  owners: MappedOwners,
  bindMount: string,
): Promise<void> {
  const map = async (from: string, to: string, access: "ro" | "keep"): Promise<void> => {
    const how = ["bind", access, "private", "idmap", owners.uids, owners.gids];
    await runCommand(`map the owners of ${from}`, bindMount, [from, to, ...how]);
  };
  const layers = mount.type === "overlay" ? lowerLayers(mount.options) : undefined;
  const scratch = `${target}-unmapped`;
  await mkdir(scratch, { recursive: true });
  try {
    const directory = layers && commonDirectory(layers);
    await (directory === undefined ? makeMount(mount, scratch) : map(directory, scratch, "ro"));
    try {
      if (directory === undefined) {
        await map(scratch, target, "keep");
      } else {
        const options = withLayers(mount.options, (layer) => join(scratch, posix.relative(directory, layer)));
        await makeMount({ ...mount, options }, target);
      }
    } finally {
      // What is mounted there is held by what was made of it.
      await runCommand(`let go of ${scratch}`, bindMount, ["--detach", scratch]);
    }
  } finally {
    await rmdir(scratch);
  }
}
