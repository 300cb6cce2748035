import { spawn } from "node:child_process";
import { once } from "node:events";
import { isAbsolute, normalize } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";
import { messageOf, TskataError } from "../../common/error.js";
import type { SshConnection } from "./connection.js";
import { RECEIVE_STATUS, receiveScript } from "./receive-script.js";
import type { RemoteProcess } from "./remote-process.js";
import { treeSize, type TreeSize } from "./tree-size.js";

/** What to send, and where to. */
export interface SendTreeOptions {
  /** A directory of this machine. */
  readonly base: string;
  /** Files and directories, relative to `base`; they get the same names there. None may be there already. */
  readonly paths: readonly string[];
  /** A path on the host, absolute; it is made where it is missing, with its parents. */
  readonly directory: string;
  /** Takes how many bytes have been sent, before compression, and of how many, about. */
  readonly onProgress?: (bytes: number, ofBytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends files and directories as a compressed archive of tar(1). They belong
 * to who is logged in there. Nothing is left of them where that fails.
 *
 * @throws TskataError `resource` where the host's disk has no room for them, `already-exists`, `not-found` for a file
 *   that isn't there or a host without tar, `permission` where the host refuses, `unavailable` where the connection
 *   is lost; the signal's reason
 */
export async function sendTree(connection: SshConnection, options: SendTreeOptions): Promise<void> {
  const { base, paths, directory, signal } = options;
  for (const path of paths) checkRelative(path);
  if (!isAbsolute(directory))
    throw new TskataError("invalid-argument", `directory ${directory}: write an absolute path on the host`);
  const size = await treeSize(base, paths);
  signal?.throwIfAborted();
  const remote = connection.start(receiveScript(directory, paths, kib(size.diskBytes)), { signal });
  const outputs = Promise.all([text(remote.stdout), text(remote.stderr), remote.exited]);
  const [received, sent] = await Promise.allSettled([outputs, sendArchive(remote, options, size)]);
  if (received.status === "rejected") throw received.reason;
  const [stdout, stderr, exit] = received.value;
  const name = `${connection.name}: ${paths.join(", ")} into ${directory}`;
  // an archive that breaks off here is refused there as well; where the host has ended first, it is there
  if (sent.status === "rejected" && !isClosedStream(sent.reason)) throw sent.reason;
  if (exit.status !== 0) throw refused(name, exit.status, stdout, stderr, size);
}

function isClosedStream(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ERR_STREAM_DESTROYED";
}

/** Other paths than those below would have others removed where the sending fails. */
function checkRelative(path: string): void {
  if (path !== normalize(path) || /^(\/|\.\.?(\/|$)|-)|\/$/.test(path) || path === "")
    throw new TskataError("invalid-argument", `${path}: write a path below the directory that it is sent from`);
}

/** Settles when the whole archive is sent. */
async function sendArchive(remote: RemoteProcess, options: SendTreeOptions, size: TreeSize): Promise<void> {
  const { base, paths, onProgress } = options;
  const tar = spawn("tar", ["-C", base, "-cf", "-", "--", ...paths], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C" },
  });
  const ended = once(tar, "close") as Promise<[number | null, string | null]>;
  // it may not even start, and is waited for at the end alone
  ended.catch(() => undefined);
  const messages = text(tar.stderr);
  async function* archive(source: Readable): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const chunk of source as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      onProgress?.(bytes, Math.max(bytes, size.archiveBytes));
      yield chunk;
    }
    await checkTar(ended, messages);
  }
  try {
    await pipeline(tar.stdout, archive, createGzip({ level: constants.Z_BEST_SPEED }), remote.stdin);
  } finally {
    tar.kill();
    await ended.catch(() => undefined);
  }
}

/** Has an archive that is not whole break off, so that the host doesn't take it for one. */
async function checkTar(ended: Promise<[number | null, string | null]>, messages: Promise<string>): Promise<void> {
  let status: number | string | null;
  try {
    const [exit, signal] = await ended;
    status = exit ?? signal;
  } catch (cause) {
    throw new TskataError("not-found", `tar: can't be started: ${messageOf(cause)}`, { cause });
  }
  if (status !== 0)
    throw new TskataError("permission", `tar: ended with ${status}: ${(await messages).trim()}: nothing was sent`);
}

/** Why the host didn't take the archive. */
function refused(
  name: string,
  status: number | undefined,
  stdout: string,
  stderr: string,
  { diskBytes, entries }: TreeSize,
): TskataError {
  const said = stderr.trim();
  if (status === RECEIVE_STATUS.exists)
    return new TskataError("already-exists", `${name}: ${said} is there already: remove it, or send to another place`);
  const [space = "", inodes = "", arrivedKiB = "0"] = stdout.trimEnd().split("\n");
  const full = status === RECEIVE_STATUS.noRoom || available(space) + Number(arrivedKiB) < kib(diskBytes);
  if (full && space !== "")
    return new TskataError("resource", `${name}: no room: takes ${kib(diskBytes)} KiB, and df says ${inKiB(space)}`);
  if (available(inodes) === 0)
    return new TskataError("resource", `${name}: no room for ${entries} files: df -i says ${inodes}`);
  return new TskataError("permission", `${name}: the host ended with ${status ?? "no status"}: ${said}`);
}

/** A line of df(1) in POSIX's format: file system, all, used, available, percentage, directory. */
const DF_LINE = /^(?<from>.+?)\s+(?<all>\d+)\s+(?<used>\d+)\s+(?<available>\d+)\s+\S+\s+(?<on>\/.*)$/;

/** Infinite where the line says nothing, or the file system doesn't count. */
function available(line: string): number {
  const { all = "0", available = "0" } = DF_LINE.exec(line)?.groups ?? {};
  return all === "0" ? Infinity : Number(available);
}

function inKiB(line: string): string {
  const { from, all, available, on } = DF_LINE.exec(line)?.groups ?? {};
  return from === undefined ? line : `${available} of ${all} KiB are free on ${on} (${from})`;
}

function kib(bytes: number): number {
  return Math.ceil(bytes / 1024);
}
