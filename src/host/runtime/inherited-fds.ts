import { TskataError } from "../../common/error.js";

/** Where `bin/tskata` says which descriptors it has found: its process id, then a path for each. */
const VARIABLE = "TSKATA_INHERITED_FDS";

/**
 * Numbers of the descriptors that this command's caller left open for it.
 *
 * @throws TskataError `unsupported` where the command was started in another way
 */
export type InheritedFds = () => ReadonlySet<number>;

/**
 * Takes from the environment which descriptors this command's caller left open
 * for it: hooks have its environment, and other descriptors. Node's own can't
 * be told from the caller's any more, so that `bin/tskata` looks before Node
 * runs.
 */
export function takeInheritedFds(env: NodeJS.ProcessEnv = process.env, pid: number = process.pid): InheritedFds {
  const [finder, ...paths] = (env[VARIABLE] ?? "").split(" ");
  delete env[VARIABLE];
  return () => {
    if (Number(finder) !== pid) {
      throw new TskataError(
        "unsupported",
        "which descriptors the caller left open is not known: start tskata by its command, not as a script of Node's",
      );
    }
    return new Set(paths.map((path) => Number(path.slice(path.lastIndexOf("/") + 1))));
  };
}
