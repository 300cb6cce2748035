import { TskataError } from "../../common/error.js";

/** Where `bin/tskata` says which descriptors it has found: its process id, then a path for each. */
const VARIABLE = "TSKATA_INHERITED_FDS";

/**
 * Numbers of the descriptors that this command's caller left open for it.
 * Node's own can't be told from them any more, so that `bin/tskata` looks
 * before Node runs.
 *
 * @throws TskataError `unsupported` where the command was started in another way
 */
export function inheritedFds(
  env: Readonly<Record<string, string | undefined>> = process.env,
  pid: number = process.pid,
): ReadonlySet<number> {
  const [finder, ...paths] = (env[VARIABLE] ?? "").split(" ");
  if (Number(finder) !== pid) {
    throw new TskataError(
      "unsupported",
      "which descriptors the caller left open is not known: start tskata by its command, not as a script of Node's",
    );
  }
  return new Set(paths.map((path) => Number(path.slice(path.lastIndexOf("/") + 1))));
}
