import type { CriuOptions } from "../../protocol/gen/agent_pb.js";
import { MessageCodec } from "ttrpc-ts/lite";

/** A mount that CRIU leaves to whoever restores, by a name of ours. */
export interface ExternalMount {
  /** For a checkpoint its path in the container; for a restore its name. */
  readonly key: string;
  /** For a checkpoint its name; for a restore the path of what is to be mounted. */
  readonly val: string;
}

interface Opts {
  readonly imagesDirFd: number;
  readonly pid?: number;
  readonly leaveRunning?: boolean;
  readonly extUnixSk?: boolean;
  readonly tcpEstablished?: boolean;
  readonly shellJob?: boolean;
  readonly fileLocks?: boolean;
  readonly logLevel: number;
  readonly logFile: string;
  readonly notifyScripts: boolean;
  readonly root: string;
  readonly workDirFd: number;
  readonly linkRemap?: boolean;
  readonly extMnt: readonly ExternalMount[];
  readonly rstSibling?: boolean;
  readonly inheritFd?: readonly { readonly key: string; readonly fd: number }[];
  readonly manageCgroupsMode: number;
  readonly freezeCgroup?: string;
  readonly orphanPtsMaster: boolean;
  readonly tcpSkipInFlight?: boolean;
}

// The messages of CRIU's rpc.proto by their public numbers, as far as they are used here.
const extMnt = new MessageCodec<ExternalMount>("ext_mount_map", [
  [1, "key", "string"],
  [2, "val", "string"],
]);
const inheritFd = new MessageCodec<{ key: string; fd: number }>("inherit_fd", [
  [1, "key", "string"],
  [2, "fd", "int32"],
]);
const opts = new MessageCodec<Opts>("criu_opts", [
  [1, "imagesDirFd", "int32"],
  [2, "pid", "int32"],
  [3, "leaveRunning", "bool"],
  [4, "extUnixSk", "bool"],
  [5, "tcpEstablished", "bool"],
  [7, "shellJob", "bool"],
  [8, "fileLocks", "bool"],
  [9, "logLevel", "int32"],
  [10, "logFile", "string"],
  [12, "notifyScripts", "bool"],
  [13, "root", "string"],
  [17, "workDirFd", "int32"],
  [18, "linkRemap", "bool"],
  [23, "extMnt", () => extMnt, "repeated"],
  [26, "rstSibling", "bool"],
  [27, "inheritFd", () => inheritFd, "repeated"],
  [34, "manageCgroupsMode", "int32", "optional"],
  [44, "freezeCgroup", "string"],
  [46, "tcpSkipInFlight", "bool"],
  [50, "orphanPtsMaster", "bool"],
]);
const request = new MessageCodec<{ type: number; opts: Opts }>("criu_req", [
  [1, "type", "int32"],
  [2, "opts", () => opts],
]);

const TYPES = { dump: 1, restore: 2 } as const;
/** Descriptors as the launcher's operation `criu` has them. */
const FDS = { images: 64, work: 65, firstStream: 70 } as const;
/** The container's cgroup is made anew, with its limits, by whoever restores. */
const IGNORE_CGROUPS = 0;
/** Errors, warnings and what CRIU does, for the log in the work directory. */
const LOG_LEVEL = 3;

/**
 * The request of a checkpoint, as bytes for the operation `criu`.
 *
 * @param process what is to be saved, with the root of its mount namespace, and its cgroup where that is frozen
 */
export function dumpRequest(
  process: {
    readonly pid: number;
    readonly root: string;
    readonly externalMounts: readonly ExternalMount[];
    readonly freezeCgroup?: string;
  },
  options: Partial<CriuOptions> & Pick<Opts, "leaveRunning" | "tcpSkipInFlight" | "linkRemap">,
): Uint8Array {
  const { externalMounts, ...saved } = process;
  return encode("dump", { ...options, ...saved, extMnt: externalMounts });
}

/**
 * The request of a restore, as bytes for the operation `criu`.
 *
 * @param process the root filesystem, and what CRIU called its standard streams (`pipe:[1]`), undefined for those
 *   that are no pipes
 */
export function restoreRequest(
  process: {
    readonly root: string;
    readonly externalMounts: readonly ExternalMount[];
    readonly streams: readonly (string | undefined)[];
  },
  options: Partial<CriuOptions>,
): Uint8Array {
  const { root, externalMounts, streams } = process;
  const inherited = streams.flatMap((key, index) => (key === undefined ? [] : [{ key, fd: FDS.firstStream + index }]));
  return encode("restore", { ...options, root, extMnt: externalMounts, rstSibling: true, inheritFd: inherited });
}

type OwnOpts = Pick<Opts, "root" | "extMnt"> & Partial<Opts>;

function encode(type: keyof typeof TYPES, own: OwnOpts): Uint8Array {
  return request.encode({
    type: TYPES[type],
    opts: {
      ...own,
      imagesDirFd: FDS.images,
      workDirFd: FDS.work,
      logLevel: LOG_LEVEL,
      logFile: `${type}.log`,
      notifyScripts: true,
      manageCgroupsMode: IGNORE_CGROUPS,
      orphanPtsMaster: true,
    },
  });
}
