import { TskataError } from "../../common/error.js";
import type { ErrorCode } from "../../common/error.js";
import { errnoText } from "../kernel/errno-text.js";
import { LauncherError } from "../kernel/launcher-error.js";
import type { LauncherFailure } from "../kernel/launcher-error.js";
import type { Operation } from "../kernel/operation.js";
import type { Plan } from "../kernel/plan.js";

const CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: "permission",
  EPERM: "permission",
  ENOENT: "not-found",
  ENOMEM: "resource",
  ENOSPC: "resource",
  EMFILE: "resource",
  ENFILE: "resource",
  EAGAIN: "resource",
  ENOSYS: "unsupported",
  EOPNOTSUPP: "unsupported",
  ENOTSUP: "unsupported",
  ESRCH: "failed-precondition",
};

/**
 * Says what a failure of the launcher means to the person who wrote
 * config.json, in runc's words where engines read them. Other errors come back
 * as they are.
 *
 * @param plan the plan that failed
 */
export function launchFailure(error: unknown, plan: Plan): unknown {
  if (!(error instanceof LauncherError)) return error;
  const { failure } = error;
  const code = CODES[failure.errno] ?? "invalid-argument";
  const message = `unable to start container process: ${describe(failure, plan)}`;
  return new TskataError(code, message, { cause: error });
}

function operationOf({ stage, index }: LauncherFailure, plan: Plan): Operation | undefined {
  const list = stage === "before" || stage === "between" || stage === "parent" || stage === "child";
  return list ? plan[stage][index] : undefined;
}

function describe(failure: LauncherFailure, plan: Plan): string {
  const operation = operationOf(failure, plan);
  const { errno, detail } = failure;
  const reason = errnoText(errno);
  if (operation === undefined) return `${failure.stage}: ${withDetail(detail)}${reason}`;
  switch (operation.op) {
    case "find-executable":
      return describeExecutable(operation.file, errno, reason);
    case "exec":
      return `exec ${operation.args[0]}: ${reason}`;
    case "chdir":
      return `chdir to cwd ("${operation.path}") set in config.json failed: ${reason}`;
    case "make-directory":
    case "make-file":
    case "make-node":
    case "make-symlink":
      return `creating ${operation.path} in the rootfs: ${withDetail(detail, operation.path)}${reason}`;
    case "mount":
      return `error mounting "${operation.source}" to rootfs at "${operation.destination}": ${withDetail(detail)}${reason}`;
    case "bind-in-root":
      return `error mounting "${operation.source}" of the rootfs at "${operation.destination}": ${withDetail(detail)}${reason}`;
    case "look-up":
      return `error mounting "${operation.path}": ${reason}`;
    case "bind":
      return `error mounting ${sourceText(operation.source)} to rootfs at "${operation.destination}": ${withDetail(detail)}${reason}`;
    case "refuse-symlink":
      return `filesystem at "${operation.path}" must be mounted on ordinary directory: ${reason}`;
    case "write-file":
      return `writing ${operation.path}: ${reason}`;
    case "set-rlimit":
      return `error setting rlimit type ${operation.resource}: ${reason}`;
    case "open-pidfd":
      return `the container's first process: ${reason}; the container has stopped`;
    case "run":
      return `error running startContainer hook #${hookIndex(plan, operation)}: ${detail === "" ? reason : detail}`;
    default:
      return `${operation.op}: ${withDetail(detail)}${reason}`;
  }
}

/** Which one of its list. */
function hookIndex({ child }: Plan, hook: Operation): number {
  return child.filter(({ op }) => op === "run").indexOf(hook);
}

/** The texts of Go's exec.LookPath; a directory is also in execve(2)'s words, for which engines have the status 126. */
function describeExecutable(file: string, errno: string, reason: string): string {
  if (errno === "EISDIR") return `exec: "${file}": ${reason}: ${errnoText("EACCES")}`;
  if (errno !== "ENOENT") return `exec: "${file}": ${reason}`;
  if (file.includes("/")) return `exec: "${file}": stat ${file}: ${reason}`;
  return `exec: "${file}": executable file not found in $PATH`;
}

function withDetail(detail: string, known?: string): string {
  return detail === "" || detail === known ? "" : `${detail}: `;
}

function sourceText(source: { readonly path: string } | { readonly slot: number }): string {
  return "path" in source ? `"${source.path}"` : "a shared directory";
}
