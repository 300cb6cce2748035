import { readFileSync } from "node:fs";
import { errnoName } from "../../common/error.js";

/** Starts runtimes for Podman and CRI-O. */
const CONMON = "conmon";

/**
 * Whether whoever started this process waits, at the end of its container, for each process that was started below
 * it, however deep: conmon does, as the parent of those that lost theirs (PR_SET_CHILD_SUBREAPER), and Podman from
 * version 5 on waits for it in turn.
 *
 * @param parent its process id
 */
export function callerWaitsForAll(parent = process.ppid): boolean {
  try {
    return readFileSync(`/proc/${parent}/comm`, "utf8").trim() === CONMON;
  } catch (error) {
    // It has ended, or is none of this pid namespace.
    if (errnoName(error) === "ENOENT" || errnoName(error) === "ESRCH") return false;
    throw error;
  }
}
