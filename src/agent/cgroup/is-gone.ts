import { errnoName } from "../../common/error.js";

/** Whether a failure to use a file of a cgroup's says that the cgroup is gone, or goes at this moment. */
export function isGone(error: unknown): boolean {
  return errnoName(error) === "ENOENT" || errnoName(error) === "ENODEV";
}
