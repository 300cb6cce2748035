import { errnoName, type ErrorCode, TskataError } from "../../src/common/error.js";

/** A file that the VM boots from can't be used. */
export function bootFileUnusable(
  what: "kernel" | "image" | "initial RAM disk",
  path: string,
  cause: unknown,
): TskataError {
  const name = `guest ${what}`;
  switch (errnoName(cause)) {
    case "ENOENT":
    case "ENOTDIR":
      return new TskataError(
        "not-found",
        `the ${name} ${path} does not exist; build the guest or name it in the configuration`,
        { cause },
      );
    case "EACCES":
    case "EPERM":
      return new TskataError("permission", `the ${name} ${path} can't be read`, { cause });
    default:
      return new TskataError("internal", `the ${name} ${path} can't be used`, { cause });
  }
}

/** The operating system refused to start a program. */
export function spawnFailed(program: string, cause: unknown): TskataError {
  const codes: Record<string, ErrorCode> = {
    ENOENT: "not-found",
    EACCES: "permission",
    EPERM: "permission",
    EAGAIN: "resource",
    ENOMEM: "resource",
    EMFILE: "resource",
    ENFILE: "resource",
  };
  const errno = errnoName(cause) ?? "";
  return new TskataError(codes[errno] ?? "internal", `can't start ${program}: ${errno || String(cause)}`, { cause });
}
