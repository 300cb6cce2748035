import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

/** What the arguments of `install:system` and `uninstall:system` ask for. */
export interface Destination {
  /** The directory to write to: the prefix below the staging directory. */
  readonly directory: string;
  /** Where the installation will be found when it is used. */
  readonly prefix: string;
}

/** Reads `--prefix` (`/usr/local` by default) and `--destdir`, a staging directory for packagers. */
export function parseDestination(argv: readonly string[]): Destination {
  const { values } = parseArgs({
    args: [...argv],
    options: { prefix: { type: "string", default: "/usr/local" }, destdir: { type: "string" } },
  });
  const prefix = resolve(values.prefix);
  return { prefix, directory: values.destdir === undefined ? prefix : join(resolve(values.destdir), prefix) };
}
