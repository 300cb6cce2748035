import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { errnoName, TskataError } from "../../common/error.js";
import { randomHex } from "../../common/random-hex.js";
import type { ProcessIdentity } from "./process-identity.js";

/** Room in sockaddr_un, see unix(7); Node cuts off what is longer without a word. */
const MAX_SOCKET_PATH_BYTES = 107;

/** The paths in one VM's run directory. */
export interface RunDirectory {
  readonly path: string;
  /** Requests of later commands. */
  readonly controlSocket: string;
  /** Where a VM of the pool is claimed. */
  readonly claimSocket: string;
  /** Streams of the monitors. */
  readonly stdioSocket: string;
  /** Whose it is (RunDirectoryOwner), for cleaning up after a crash. */
  readonly ownerFile: string;
  /** Who its supervisor is, from before that one knows what to do (ProcessIdentity). */
  readonly supervisorFile: string;
  readonly supervisorLog: string;
  readonly consoleLog: string;
  /** How long each stage of the boot took. */
  readonly timingsFile: string;
  /** What the VMM itself may reach: its user owns it. */
  readonly vmmDirectory: string;
  /** The mount points of the share, as plain empty folders and files; nothing is ever mounted here. */
  readonly skeletonDirectory: string;
  /** The directory that the guest sees: the skeleton, read-only, with the mounts in place. */
  readonly shareDirectory: string;
  /** A link to where the images of disks are, which is another file system's directory; only where there are any. */
  readonly disksLink: string;
  /** Where programs that carry seccomp notifications mount their files, each in a mount namespace of its own. */
  readonly notifierMountPoint: string;
}

/** A fresh id of a sandbox: 12 hex digits, short because socket paths are. */
export function newSandboxId(): string {
  return randomHex(6);
}

/** The layout of a run directory; makes nothing. */
export function runDirectoryAt(path: string): RunDirectory {
  return {
    path,
    controlSocket: join(path, "control.sock"),
    claimSocket: join(path, "claim.sock"),
    stdioSocket: join(path, "stdio.sock"),
    ownerFile: join(path, "owner.json"),
    supervisorFile: join(path, "supervisor.json"),
    supervisorLog: join(path, "supervisor.log"),
    consoleLog: join(path, "console.log"),
    timingsFile: join(path, "timings.json"),
    vmmDirectory: join(path, "vmm"),
    skeletonDirectory: join(path, "skeleton"),
    shareDirectory: join(path, "share"),
    disksLink: join(path, "disks"),
    notifierMountPoint: join(path, "seccomp"),
  };
}

/** Whose run directory it is. */
export interface RunDirectoryOwner {
  /** State directory (`--root`) that has the records of its containers. */
  readonly stateRoot: string;
  /** The `create` that made it, or took it over from the pool; until then the pool's process. */
  readonly creator: ProcessIdentity;
}

/**
 * Makes a run directory with its folders. Others may pass through it (the VMM
 * runs as another user) but not read it.
 *
 * @param path absolute; its parent is made where missing
 * @throws TskataError `invalid-argument` where the path is too long for sockets
 */
export function makeRunDirectory(path: string, owner: RunDirectoryOwner): RunDirectory {
  const directory = runDirectoryAt(path);
  if (Buffer.byteLength(directory.controlSocket) > MAX_SOCKET_PATH_BYTES) {
    throw new TskataError(
      "invalid-argument",
      `make the run directory ${path}: its sockets' paths are over ${MAX_SOCKET_PATH_BYTES} bytes; choose a shorter paths.run_dir`,
    );
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  mkdirSync(directory.path, { mode: 0o711 });
  writeOwner(directory, owner);
  mkdirSync(directory.vmmDirectory, { mode: 0o700 });
  mkdirSync(directory.skeletonDirectory, { mode: 0o755 });
  mkdirSync(directory.shareDirectory, { mode: 0o700 });
  mkdirSync(directory.notifierMountPoint, { mode: 0o700 });
  return directory;
}

/** Says whose a run directory is from now on. */
export function writeOwner(directory: RunDirectory, owner: RunDirectoryOwner): void {
  writeWhole(directory.ownerFile, owner);
}

/** Says who supervises the VM of a run directory. */
export function writeSupervisor(directory: RunDirectory, supervisor: ProcessIdentity): void {
  writeWhole(directory.supervisorFile, supervisor);
}

/** At once: who is killed while writing must not leave a part, which no clean-up could read. */
function writeWhole(path: string, value: unknown): void {
  writeFileSync(`${path}.tmp`, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/**
 * Whose a run directory is, or undefined where nothing says so: its `create`
 * was killed in the directory's first instant, it is being removed, or it is
 * none of ours.
 */
export function readOwner(directory: RunDirectory): RunDirectoryOwner | undefined {
  return readWhole(directory.ownerFile) as RunDirectoryOwner | undefined;
}

/** Who supervises, or did, the VM of a run directory; undefined where none has been started, or the directory is gone. */
export function readSupervisor(directory: RunDirectory): ProcessIdentity | undefined {
  return readWhole(directory.supervisorFile) as ProcessIdentity | undefined;
}

function readWhole(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (errnoName(error) === "ENOENT" || errnoName(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * Removes a run directory whose processes are gone; what is gone already is no
 * error, since containers of one VM may be deleted at the same time. The
 * folders that mounts could stand in are taken away only when empty, so that
 * no fault of ours can ever delete what was mounted there.
 */
export function removeRunDirectory(directory: RunDirectory): void {
  removeEmptyTree(directory.skeletonDirectory);
  for (const mountPoint of [directory.shareDirectory, directory.notifierMountPoint]) {
    unlessGone(() => rmdirSync(mountPoint));
  }
  const disks = unlessGone(() => readlinkSync(directory.disksLink));
  if (disks !== undefined) rmSync(disks, { recursive: true, force: true });
  rmSync(directory.path, { recursive: true, force: true });
}

function removeEmptyTree(path: string): void {
  for (const entry of unlessGone(() => readdirSync(path, { withFileTypes: true })) ?? []) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) removeEmptyTree(child);
    else unlessGone(() => unlinkSync(child)); // a mount point answers EBUSY
  }
  unlessGone(() => rmdirSync(path));
}

function unlessGone<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (errnoName(error) === "ENOENT") return undefined;
    throw error;
  }
}
