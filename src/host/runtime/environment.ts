import { release } from "node:os";
import { messageOf } from "../../common/error.js";
import { locateArtifacts } from "../config/locate-artifacts.js";
import { withDefaults } from "../config/with-defaults.js";
import { findVirtiofsd } from "../resource/virtiofsd.js";
import type { EnvironmentEntry } from "./api.js";
import type { RuntimeContext } from "./context.js";

/** What tskata works with on this machine: every setting, and what was found where none is set. */
export function environment(context: RuntimeContext): EnvironmentEntry[] {
  const { config, store } = context;
  const defaults = flatten(withDefaults({}));
  const settings = [...flatten(config)].map(([name, value]) => ({
    name,
    value,
    origin: defaults.get(name) === value ? "default" : "configuration",
  }));
  return [
    { name: "node", value: process.version, origin: process.execPath },
    { name: "host kernel", value: release(), origin: "machine" },
    { name: "root", value: store.root, origin: rootOrigin(store.root, config.paths.stateRoot) },
    ...settings,
    ...found(context),
  ];
}

function rootOrigin(root: string, configured: string): string {
  if (root !== configured) return "--root";
  return root === withDefaults({}).paths.stateRoot ? "default" : "configuration";
}

function found({ config }: RuntimeContext): EnvironmentEntry[] {
  const virtiofsd = findVirtiofsd(config.share.virtiofsd === undefined ? undefined : [config.share.virtiofsd]);
  const server = { name: "virtiofsd", value: virtiofsd ?? "none", origin: "machine" };
  try {
    const { kernel, image } = locateArtifacts(config);
    return [
      server,
      { name: "guest kernel", value: kernel, origin: "machine" },
      { name: "guest image", value: image, origin: "machine" },
    ];
  } catch (error) {
    return [server, { name: "guest", value: messageOf(error), origin: "machine" }];
  }
}

function flatten(config: object): Map<string, string> {
  const entries = Object.entries(config).flatMap(([section, keys]) =>
    Object.entries(keys as object).map(([key, value]) => [`${section}.${key}`, String(value)] as const),
  );
  return new Map(entries);
}
