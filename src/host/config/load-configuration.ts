import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { errnoName, messageOf, TskataError } from "../../common/error.js";
import type { ConfigurationFile } from "./configuration-file.js";
import type { Configuration } from "./configuration.js";
import { usersOwn } from "./users-own.js";
import { withDefaults } from "./with-defaults.js";

/** Where the configuration is looked for. */
export interface ConfigurationSource {
  /** `--config`: this file, which must exist, and its drop-ins in FILE.d instead of the ones in /etc. */
  readonly file?: string | undefined;
  /** Of it `TSKATA_CONFIG` is read, as `--config` where that isn't given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /**
   * With config.toml and config.d in each, all of which may be absent: default
   * /etc/tskata, and then the user's own `tskata` where there is one.
   */
  readonly directories?: readonly string[];
}

/**
 * Loads the configuration: the file, then its drop-ins (`*.toml`, in the order
 * of their names). A later value of a key replaces an earlier one, lists as a
 * whole. The parser is loaded only where there is a file.
 *
 * @throws TskataError `invalid-argument` for what is in a file, `not-found` or `permission` where it can't be read
 */
export async function loadConfiguration(source: ConfigurationSource = {}): Promise<Configuration> {
  const texts = readFiles(source);
  if (texts.length === 0) return withDefaults({});
  const { parseConfiguration } = await import("./parse-configuration.js");
  return withDefaults(texts.map(({ file, text }) => parseConfiguration(text, file)).reduce(merge));
}

function readFiles({ file, environment = process.env, directories = configDirectories() }: ConfigurationSource) {
  const named = file ?? environment["TSKATA_CONFIG"];
  const isNamed = named !== undefined && named !== "";
  const main = isNamed ? path.resolve(named) : "";
  const files = isNamed
    ? [main, ...dropIns(`${main}.d`)]
    : directories.flatMap((each) => [path.join(each, "config.toml"), ...dropIns(path.join(each, "config.d"))]);
  const texts: { file: string; text: string }[] = [];
  for (const candidate of files) {
    try {
      texts.push({ file: candidate, text: readFileSync(candidate, "utf8") });
    } catch (error) {
      if (errnoName(error) !== "ENOENT" || isNamed) throw unreadable(candidate, error);
    }
  }
  return texts;
}

function configDirectories(): string[] {
  const own = usersOwn()?.configDirectory;
  return ["/etc/tskata", ...(own === undefined ? [] : [path.join(own, "tskata")])];
}

function dropIns(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(".toml"))
      .toSorted()
      .map((name) => path.join(directory, name));
  } catch (error) {
    if (errnoName(error) === "ENOENT") return [];
    throw unreadable(directory, error);
  }
}

function unreadable(file: string, cause: unknown): TskataError {
  const code = errnoName(cause) === "ENOENT" ? "not-found" : "permission";
  return new TskataError(code, `the configuration can't be read: ${messageOf(cause)}`, { cause });
}

/** Section by section, the later file's keys over the earlier one's. */
function merge(earlier: ConfigurationFile, later: ConfigurationFile): ConfigurationFile {
  const merged: Record<string, object> = { ...earlier };
  for (const [section, keys] of Object.entries(later)) merged[section] = { ...merged[section], ...keys };
  return merged;
}
