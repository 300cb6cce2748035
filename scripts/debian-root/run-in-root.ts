import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A command, and the root filesystem that it sees. */
export interface RootedCommand {
  readonly command: readonly string[];
  /** Where it runs; there must be such a directory in the root. */
  readonly directory: string;
  /** All that it has in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** An erofs image; what is changed in it is forgotten. */
  readonly image: string;
  /** Directories of this machine that are at the same paths there. */
  readonly kept: readonly string[];
}

/**
 * Makes the root out of an image and a layer for changes, puts the machine's own file systems into it, and goes
 * there by pivot_root(2): after a chroot(2) the kernel would give nobody a user namespace. The shell stays as
 * process 1 and waits for whatever is left to it.
 */
const ENTER = `
set -e
image=$1 scratch=$2 directory=$3
shift 3
while [ "$1" != -- ]; do kept="$kept $1"; shift; done
shift
mount -t erofs -o ro,loop "$image" "$scratch/image"
mount -t overlay -o "lowerdir=$scratch/image,upperdir=$scratch/changes,workdir=$scratch/work" root "$scratch/root"
cd "$scratch/root"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs -o mode=755 tmpfs run
mkdir run/lock
mount --bind "$scratch/tmp" tmp
if [ -d /lib/modules ]; then mkdir -p usr/lib/modules && mount --bind /lib/modules usr/lib/modules; fi
for path in $kept; do mkdir -p ".$path" && mount --bind "$path" ".$path"; done
pivot_root . mnt
umount -l /mnt
mount --make-rshared /
cd "$directory"
"$@"
exit $?
`;

/**
 * Runs a command in a root filesystem of its own, with this machine's kernel, network, devices and cgroups, in a
 * mount and a pid namespace that take all with them that it mounts and starts.
 *
 * @returns its exit status
 */
export async function runInRoot({ command, directory, env, image, kept }: RootedCommand): Promise<number> {
  const scratch = await mkdtemp(join(tmpdir(), "tskata-root-"));
  try {
    for (const name of ["image", "changes", "work", "root", "tmp"]) await mkdir(join(scratch, name));
    await chmod(join(scratch, "tmp"), 0o1777);
    const namespaces = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"];
    const args = [...namespaces, "sh", "-c", ENTER, "sh", image, scratch, directory, ...kept, "--", ...command];
    const child = spawn("unshare", args, { stdio: "inherit", env });
    // Ctrl-C reaches the command itself: it ends, and then we tidy up.
    const ignore = (): void => undefined;
    const end = (): void => void child.kill("SIGKILL");
    process.on("SIGINT", ignore).on("SIGTERM", end);
    const [status] = (await once(child, "exit")) as [number | null];
    process.off("SIGINT", ignore).off("SIGTERM", end);
    return status ?? 1;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
