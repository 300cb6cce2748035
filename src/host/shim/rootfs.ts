import { isAbsolute, join, posix } from "node:path";
import { mkdir } from "node:fs/promises";
import { TskataError } from "../../common/error.js";
import { runCommand } from "../resource/run-command.js";
import type { Mount } from "./api/gen/well-known/common_pb.js";

/** mount(2) takes one page of options. */
const MAX_OPTIONS_BYTES = 4000;
const LAYERS = "lowerdir=";

/**
 * Makes the mounts of a root filesystem, in this process's own mount namespace: they vanish with it.
 *
 * @throws TskataError `internal` with what mount(8) says; then none of them is left
 */
export async function mountRootfs(mounts: readonly Mount[], rootfs: string): Promise<void> {
  if (mounts.length === 0) return;
  await mkdir(rootfs, { recursive: true });
  let made = 0;
  try {
    for (const mount of mounts) {
      await makeMount(mount, mount.target === "" ? rootfs : within(rootfs, mount.target));
      made += 1;
    }
  } catch (error) {
    if (made > 0) await unmountRootfs(rootfs);
    throw error;
  }
}

/** Takes all mounts at and below it away, whoever has files open there. Links in it lead nowhere. */
export async function unmountRootfs(rootfs: string): Promise<void> {
  await runCommand(`unmount ${rootfs}`, "umount", ["--recursive", "--lazy", "--no-canonicalize", rootfs]);
}

async function makeMount({ type, source, options }: Mount, target: string): Promise<void> {
  const { directory, text } = shortened(options);
  const isBind = type === "bind" || options.some((option) => option === "bind" || option === "rbind");
  const args = [...(isBind ? [] : ["-t", type]), ...(text === "" ? [] : ["-o", text]), "--", source, target];
  // Relative layers are seen from the directory.
  const [program = "", ...rest] =
    directory === undefined ? ["mount", ...args] : ["env", "-C", directory, "mount", ...args];
  await runCommand(`mount the root filesystem at ${target}`, program, rest);
}

/** Layers relative to the directory that they have in common, where the options are too long otherwise. */
function shortened(options: readonly string[]): { readonly directory?: string; readonly text: string } {
  const text = options.join(",");
  const layers = options.find((option) => option.startsWith(LAYERS));
  if (text.length <= MAX_OPTIONS_BYTES || layers === undefined) return { text };
  const paths = layers.slice(LAYERS.length).split(":");
  const directory = commonDirectory(paths);
  const relative = `${LAYERS}${paths.map((path) => posix.relative(directory, path)).join(":")}`;
  return { directory, text: options.map((option) => (option === layers ? relative : option)).join(",") };
}

function commonDirectory(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => path.split("/").slice(0, -1));
  const end = first.findIndex((part, index) => others.some((other) => other[index] !== part));
  return (end === -1 ? first : first.slice(0, end)).join("/") || "/";
}

function within(rootfs: string, target: string): string {
  const path = join(rootfs, target);
  if (isAbsolute(target) || !path.startsWith(`${rootfs}/`)) {
    throw new TskataError("invalid-argument", `mount the root filesystem: ${target} is not below it`);
  }
  return path;
}
