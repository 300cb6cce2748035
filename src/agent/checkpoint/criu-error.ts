import { messageOf, TskataError } from "../../common/error.js";
import { LauncherError } from "../kernel/launcher-error.js";

/** What to say where CRIU failed, or isn't there; another error as it is. */
export function criuError(cause: unknown): unknown {
  if (!(cause instanceof LauncherError) || cause.failure.operation !== "criu") return cause;
  const { errno, detail } = cause.failure;
  if (errno === "ENOENT" && detail.endsWith("/criu")) {
    const what = "the guest image has no CRIU: install criu on the machine that builds it, and build it again";
    return new TskataError("unsupported", what, { cause });
  }
  return new TskataError("internal", `criu: ${detail === "" ? messageOf(cause) : detail} (${errno})`, { cause });
}
