import { fstatSync, readFileSync, type Stats } from "node:fs";
import { isatty } from "node:tty";
import { TskataError } from "../../common/error.js";
import { FIRST_PRESERVED_FD, MAX_PRESERVED_FDS, type PreservedFd } from "../../protocol/preserved-fds.js";
import type { InheritedFds } from "./inherited-fds.js";
import { listenFds } from "./listen-fds.js";

/** Descriptors that a process gets from this command's caller, and what it is told of them. */
export interface PreservedFds {
  /** Those from 3 up, a letter each: `parsePreservedFds`. */
  readonly directions: string;
  /** For the process' environment: LISTEN_FDS and LISTEN_PID where the caller had set them for this command. */
  readonly environment: readonly string[];
}

/** Of open(2), as /proc/PID/fdinfo has them. */
const ACCESS_MODE = 0o3;
const ACCESS = { readOnly: 0, writeOnly: 1 };
const O_PATH = 0o10000000;

/**
 * Finds the descriptors that `--preserve-fds` means: those of socket
 * activation (sd_listen_fds(3)) first, then as many as were asked for.
 *
 * @param what operation and id, for the errors' text
 * @param count value of the option
 * @throws TskataError `not-found` for one that isn't open, `unsupported` for one whose bytes can't be carried
 */
export function preservedFds(
  what: string,
  count: number,
  inherited: InheritedFds,
  listening = listenFds(),
): PreservedFds {
  const total = listening + count;
  if (total > MAX_PRESERVED_FDS) {
    const found = listening === 0 ? `--preserve-fds ${count}` : `--preserve-fds ${count} and LISTEN_FDS=${listening}`;
    throw new TskataError("invalid-argument", `${what}: ${found}: at most ${MAX_PRESERVED_FDS} can be passed on`);
  }
  if (total === 0) return { directions: "", environment: [] };
  const open = inherited();
  const directions = Array.from({ length: total }, (_, index) => {
    const fd = FIRST_PRESERVED_FD + index;
    if (!open.has(fd)) {
      const which = index < listening ? `LISTEN_FDS ${fd} (of ${listening})` : preservedName(index - listening, count);
      throw new TskataError("not-found", `${what}: unable to stat ${which}: no such file or directory`);
    }
    return directionOf(what, fd);
  });
  const environment = listening === 0 ? [] : [`LISTEN_FDS=${listening}`, "LISTEN_PID=1"];
  return { directions: directions.join(""), environment };
}

/** In runc's words, which count from 0. */
function preservedName(index: number, count: number): string {
  return `preserved-fd ${index} (of ${count})`;
}

function directionOf(what: string, fd: number): PreservedFd {
  const stats = fstatSync(fd);
  const flags = openFlags(fd);
  const refused = refusal(stats, flags);
  if (refused !== undefined) throw new TskataError("unsupported", `${what}: descriptor ${fd} ${refused}`);
  if (stats.isSocket()) return "b";
  switch (flags & ACCESS_MODE) {
    case ACCESS.readOnly:
      return "r";
    case ACCESS.writeOnly:
      return "w";
    default:
      // Who reads ahead from a terminal takes what others were to read.
      return isatty(fd) ? "w" : "b";
  }
}

/** Why a descriptor's bytes can't be carried into a virtual machine; sockets are for the monitor to look at. */
function refusal(stats: Stats, flags: number): string | undefined {
  if (stats.isDirectory()) return "is a directory, which can't be passed into a virtual machine; mount it";
  if ((flags & O_PATH) !== 0) return "was opened with O_PATH, which can't be passed into a virtual machine";
  if (stats.isSocket() || stats.isCharacterDevice()) return undefined;
  if (!stats.isFile() && !stats.isFIFO() && !stats.isBlockDevice()) {
    return "is no file, pipe or stream socket, and nothing else can be passed into a virtual machine";
  }
  const access = flags & ACCESS_MODE;
  if (access === ACCESS.readOnly || access === ACCESS.writeOnly) return undefined;
  return "is open for reading and writing, of which only one can be passed into a virtual machine; open it for one";
}

function openFlags(fd: number): number {
  const [, flags = ""] = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8")) ?? [];
  return Number.parseInt(flags, 8);
}
