import { parse } from "smol-toml";
import { TskataError } from "../../../src/common/error.js";

const BEGIN = "# tskata: its installer wrote what follows, and removes it";
const END = "# tskata: so far";
const OWN_LINES = new RegExp(`\\n*${BEGIN}\\n[^]*?${END}\\n`);
/** Of the CRI, in each version of containerd's configuration. */
const PLUGINS: Readonly<Record<number, string>> = {
  2: "io.containerd.grpc.v1.cri",
  3: "io.containerd.cri.v1.runtime",
};
/** What a RuntimeClass names as its handler. */
const HANDLER = "tskata";
const TYPE = "io.containerd.tskata.v2";

/**
 * A `config.toml` of containerd's with a runtime for pods in VMs, at its end.
 * It isn't a file of its own that `imports` names: before version 2 containerd
 * takes a plugin's settings from the last file that has any, and from no other.
 *
 * @param text the file's text; empty where there is no file
 * @throws TskataError `invalid-argument` for a file that isn't TOML or of a version before 2, `already-exists` where
 *   somebody else has put a runtime of that name there
 */
export function addContainerdRuntime(text: string): string {
  const others = removeContainerdRuntime(text);
  const read = parseOr(others);
  const version = others.trim() === "" ? 2 : Number(read["version"] ?? 1);
  const plugin = PLUGINS[version];
  if (plugin === undefined) {
    const remedy = "write it anew with `containerd config migrate`";
    throw new TskataError(
      "invalid-argument",
      `containerd's configuration is of version ${version}, 2 or 3 was expected: ${remedy}`,
    );
  }
  if (runtimesOf(read, plugin)[HANDLER] !== undefined) {
    const found = `containerd's configuration has a runtime ${HANDLER} that isn't the installer's`;
    throw new TskataError("already-exists", `${found}: remove it, or leave the installer out`);
  }
  const head = others.trim() === "" ? `version = ${version}\n` : others.replace(/\n*$/, "\n");
  const section = `[plugins."${plugin}".containerd.runtimes.${HANDLER}]`;
  const added = `${head}\n${BEGIN}\n${section}\nruntime_type = "${TYPE}"\n${END}\n`;
  parseOr(added);
  return added;
}

/** The file without what the installer has put there. */
export function removeContainerdRuntime(text: string): string {
  return text.replace(OWN_LINES, "\n");
}

function parseOr(text: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text);
  } catch (cause) {
    throw new TskataError("invalid-argument", "containerd's configuration is no TOML", { cause });
  }
}

function runtimesOf(read: Readonly<Record<string, unknown>>, plugin: string): Readonly<Record<string, unknown>> {
  let found: unknown = read;
  for (const name of ["plugins", plugin, "containerd", "runtimes"]) found = (found as Record<string, unknown>)?.[name];
  return (found ?? {}) as Record<string, unknown>;
}
