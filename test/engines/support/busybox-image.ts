import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeBusyboxRootfs } from "../../../scripts/demo/busybox-rootfs.js";
import type { EngineWorld } from "./engine-world.js";

/** What an image's containers have in their environment. */
export const IMAGE_PATH = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The root filesystem of the tests' image as a tar archive; made once for a world. */
export function busyboxArchive(world: EngineWorld): string {
  const rootfs = join(world.directory, "image");
  const archive = `${rootfs}.tar`;
  if (existsSync(archive)) return archive;
  makeBusyboxRootfs(rootfs);
  execFileSync("tar", ["-C", rootfs, "-cf", archive, "."]);
  return archive;
}
