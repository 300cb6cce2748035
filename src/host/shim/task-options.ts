import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { OptionsCodec as RuncOptionsCodec } from "./api/gen/runc-options/options_pb.js";
import { OptionsCodec as RuntimeOptionsCodec } from "./api/gen/runtime-options/options_pb.js";
import type { Any } from "./api/gen/well-known/common_pb.js";
import { unpack } from "./packed.js";

/** In the bundle: where CRIU's logs go, unless `Checkpoint` says otherwise. */
export const CRIU_DIRECTORY = "work";

/** What containerd's configuration, or its client, says of the runtime. */
export interface ShimOptions {
  /** State directory of containerd's namespaces. */
  readonly root?: string;
  readonly systemdCgroup?: boolean;
  /** tskata's own configuration file. */
  readonly configFile?: string;
}

/**
 * Reads the options of `Create`: those for any runtime (`ConfigPath`, `ConfigBody`), or those for runc (`Root`,
 * `SystemdCgroup`), of which the others mean nothing here.
 *
 * @param bundle where a configuration that is given as text becomes a file
 */
export function taskOptions(options: Any | undefined, bundle: string): ShimOptions {
  const runc = unpack(RuncOptionsCodec, options);
  if (runc !== undefined) {
    return { ...(runc.root !== "" && { root: runc.root }), systemdCgroup: runc.systemdCgroup };
  }
  const general = unpack(RuntimeOptionsCodec, options);
  if (general === undefined) return {};
  if (general.configPath !== "") return { configFile: general.configPath };
  if (general.configBody.length === 0) return {};
  const configFile = join(bundle, "tskata.toml");
  writeFileSync(configFile, general.configBody, { mode: 0o600 });
  return { configFile };
}
