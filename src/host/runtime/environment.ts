import { release } from "node:os";
import { messageOf } from "../../common/error.js";
import { locateArtifacts } from "../config/locate-artifacts.js";
import { withDefaults } from "../config/with-defaults.js";
import { chooseFileServer } from "../resource/choose-file-server.js";
import type { EnvironmentEntry } from "./api.js";
import { chooseDriver } from "./choose-driver.js";
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

function found(context: RuntimeContext): EnvironmentEntry[] {
  const { config } = context;
  const entry = (name: string, value: string): EnvironmentEntry => ({ name, value, origin: "machine" });
  return [
    orWhyNot("hypervisor", () => {
      const { driver, reason } = chooseDriver(context);
      return [{ name: "hypervisor", value: driver, origin: reason }];
    }),
    orWhyNot("virtiofsd", () => {
      const server = chooseFileServer(config.share);
      return [entry("virtiofsd", server.kind === "virtiofsd" ? server.path : `none: ${server.reason}`)];
    }),
    orWhyNot("guest", () => {
      const { kernel, image } = locateArtifacts(config);
      return [entry("guest kernel", kernel), entry("guest image", image)];
    }),
  ].flat();
}

function orWhyNot(name: string, find: () => EnvironmentEntry[]): EnvironmentEntry[] {
  try {
    return find();
  } catch (error) {
    return [{ name, value: messageOf(error), origin: "machine" }];
  }
}

function flatten(config: object): Map<string, string> {
  const entries = Object.entries(config).flatMap(([section, keys]) =>
    Object.entries(keys as object).map(([key, value]) => [`${section}.${key}`, String(value)] as const),
  );
  return new Map(entries);
}
