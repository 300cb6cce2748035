import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repositoryRoot } from "../../../scripts/artifacts/repository-root.js";
import { makeBusyboxRootfs } from "../../../scripts/demo/busybox-rootfs.js";

const SOURCES = "test/conformance/cri/stand-ins";
const EXECUTABLE = 0o755;
const SET_USER_ID = 0o4755;
/** What the suite calls and Debian's static busybox doesn't have. */
const SCRIPTS: Readonly<Record<string, string>> = {
  pgrep: '#!/bin/sh\nexec pidof "$1"\n',
  ipcs: "#!/bin/sh\nexec cat /proc/sysvipc/shm\n",
};

/** Layers of the stand-ins' images, as tar archives. */
export interface StandInLayers {
  /** busybox, as a whole root filesystem. */
  readonly busybox: Buffer;
  /** `/pause`. */
  readonly pause: Buffer;
  /** `/bin/nginx PORT NAME PID-FILE`. */
  readonly webServer: Buffer;
  /** `/bin/effective-user`, with the set-user-id bit. */
  readonly effectiveUser: Buffer;
  /** A user 1000 with a group of its own and one more, 50000. */
  readonly groups: Buffer;
}

/**
 * Makes them, of Debian's busybox-static and the C programs in `stand-ins`.
 *
 * @param directory for scratch; is made
 */
export function makeStandInLayers(directory: string): StandInLayers {
  mkdirSync(directory, { recursive: true });
  const folder = (name: string): string => join(directory, name);
  makeBusyboxRootfs(folder("busybox"));
  for (const [name, text] of Object.entries(SCRIPTS)) {
    writeFileSync(join(folder("busybox"), "bin", name), text, { mode: EXECUTABLE });
  }
  compile("pause", join(folder("pause"), "pause"), EXECUTABLE);
  compile("web-server", join(folder("web-server"), "bin/nginx"), EXECUTABLE);
  mkdirSync(join(folder("web-server"), "var/run"), { recursive: true });
  compile("effective-user", join(folder("effective-user"), "bin/effective-user"), SET_USER_ID);
  mkdirSync(join(folder("groups"), "etc"), { recursive: true });
  writeFileSync(
    join(folder("groups"), "etc/passwd"),
    "root:x:0:0::/root:/bin/sh\ndefault-user:x:1000:1000::/:/bin/sh\n",
  );
  writeFileSync(
    join(folder("groups"), "etc/group"),
    "root:x:0:\ndefault-user:x:1000:\ngroup-defined-in-image:x:50000:default-user\n",
  );
  return {
    busybox: archive(folder("busybox")),
    pause: archive(folder("pause")),
    webServer: archive(folder("web-server")),
    effectiveUser: archive(folder("effective-user")),
    groups: archive(folder("groups")),
  };
}

function compile(name: string, path: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  const source = join(repositoryRoot(import.meta.url), SOURCES, `${name}.c`);
  execFileSync("gcc", ["-static", "-O2", "-s", "-Wall", "-Wextra", "-Werror", "-o", path, source]);
  chmodSync(path, mode);
}

/** The same bytes for the same files. */
function archive(folder: string): Buffer {
  const path = `${folder}.tar`;
  const alike = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  execFileSync("tar", ["-C", folder, ...alike, "-cf", path, "."]);
  return readFileSync(path);
}
