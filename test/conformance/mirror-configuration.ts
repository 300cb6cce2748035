import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const MIRROR = '[host_cgroup]\nmode = "mirror"\n';
const BUILT_IN = { file: "/etc/tskata/config.toml", dropIns: "/etc/tskata/config.d" };

/**
 * Writes a configuration that is the one in force, but for the cgroups on the
 * host: the suites compare their files with config.json, which makes no
 * allowance for a VM.
 *
 * @param directory is made
 * @param file the configuration that the environment names
 * @returns the path of the new one
 */
export function mirrorConfiguration(directory: string, file: string | undefined): string {
  const from = file === undefined ? BUILT_IN : { file, dropIns: `${file}.d` };
  const path = join(directory, "config.toml");
  const dropIns = `${path}.d`;
  mkdirSync(dropIns, { recursive: true });
  if (existsSync(from.file)) copyFileSync(from.file, path);
  else writeFileSync(path, "");
  const names = existsSync(from.dropIns) ? readdirSync(from.dropIns).filter((name) => name.endsWith(".toml")) : [];
  for (const name of names) copyFileSync(join(from.dropIns, name), join(dropIns, name));
  writeFileSync(join(dropIns, "~mirror.toml"), MIRROR);
  return path;
}
