import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Stands for a watcher of the native part. */
export type NativeWatcher = object & { readonly __watcher: never };

/** The native part, see native/: calls return a negative errno where they fail. */
export interface NativeVsock {
  socket(): number;
  bind(fd: number, cid: number, port: number): number;
  connect(fd: number, cid: number, port: number): number;
  /** In milliseconds. */
  limitConnect(fd: number, timeoutMs: number): number;
  listen(fd: number, backlog: number): number;
  accept(fd: number): number;
  pendingError(fd: number): number;
  receive(fd: number, bytes: Uint8Array, offset: number): number;
  /** From an offset in the first of them on. */
  transmit(fd: number, chunks: readonly Uint8Array[], offset: number): number;
  shutDownWrites(fd: number): number;
  close(fd: number): number;
  /** Undefined for a socket of another family. */
  ownAddress(fd: number): readonly [cid: number, port: number] | undefined;
  /** Undefined for a socket of another family, and for one that isn't connected. */
  peerAddress(fd: number): readonly [cid: number, port: number] | undefined;
  localCid(): number;
  takeGuestCid(fd: number, cid: number): number;
  createWatcher(fd: number, listener: (status: number, events: number) => void): NativeWatcher | number;
  /** 1 to read, 2 to write, 0 for nothing. */
  watch(watcher: NativeWatcher, events: number): number;
  /** 1 where it keeps the event loop alive, else 0. */
  refer(watcher: NativeWatcher, referred: number): void;
  closeWatcher(watcher: NativeWatcher): void;
}

let chosen: string | undefined;
let loaded: NativeVsock | undefined;

/**
 * Takes the native part from elsewhere than the package's own folder, such as
 * for a program that is bundled into one file. Before the first socket.
 */
export function useNativePart(path: string): void {
  chosen = path;
  loaded = undefined;
}

/**
 * The native part, loaded with the first call.
 *
 * @throws Error with code `ERR_VSOCK_NO_NATIVE_PART` where there is none for this platform
 */
export function nativePart(): NativeVsock {
  loaded ??= load(chosen ?? packagePaths().find((path) => existsSync(path)));
  return loaded;
}

/** Where it is built, and where the package brings it along. */
function packagePaths(): readonly string[] {
  const below = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
  return [below("build/vsock.node"), below(`prebuilds/${process.platform}-${process.arch}/vsock.node`)];
}

function load(path: string | undefined): NativeVsock {
  if (path === undefined) throw missing(`none was found for ${process.platform}-${process.arch}`);
  const module = { exports: {} };
  try {
    process.dlopen(module, path);
  } catch (cause) {
    throw missing(`${path} can't be loaded`, cause);
  }
  return module.exports as NativeVsock;
}

function missing(reason: string, cause?: unknown): Error {
  const message = `vsock-ts has no native part: ${reason}; "npm rebuild vsock-ts" builds it, which takes gcc and Linux`;
  return Object.assign(new Error(message, { cause }), { code: "ERR_VSOCK_NO_NATIVE_PART" });
}
