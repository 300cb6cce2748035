import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { containerdConfiguration, type ContainerdRuntime } from "./containerd-configuration.js";
import { serveRegistry } from "./registry.js";
import { type ImageSet, standInImages } from "./stand-in-images.js";
import { makeStandInLayers } from "./stand-in-layers.js";

const SYSCTLS = ["ip_forward", "conf/all/route_localnet"];
/** Pods' network. */
const NETWORK = {
  cniVersion: "0.4.0",
  name: "cri",
  plugins: [
    {
      type: "bridge",
      bridge: "cri0",
      isGateway: true,
      ipMasq: true,
      ipam: { type: "host-local", subnet: "10.88.0.0/16", routes: [{ dst: "0.0.0.0/0" }] },
    },
    { type: "portmap", capabilities: { portMappings: true }, snat: true },
  ],
};

/** What containerd is set up with. */
export interface ContainerdSetUp {
  /** The first number of its version. */
  readonly major: number;
  /** See `ContainerdOptions`. */
  readonly runtimes: Readonly<Record<string, ContainerdRuntime>>;
}

/** Adds images to the stand-ins. */
export type AddImages = (images: ImageSet) => Promise<void>;

/**
 * Serves the stand-ins for images, from this process, and writes what
 * containerd reads; to be called in a network namespace of its own.
 *
 * @param world directory for all of it; is made
 * @param addImages what is served beside them
 * @returns the path of containerd's configuration
 */
export async function setUpContainerd(
  { major, runtimes }: ContainerdSetUp,
  world: string,
  addImages?: AddImages,
): Promise<string> {
  const registries = join(world, "registries");
  const networks = join(world, "networks");
  for (const path of [join(registries, "_default"), networks]) mkdirSync(path, { recursive: true });
  for (const name of SYSCTLS) writeFileSync(`/proc/sys/net/ipv4/${name}`, "1");
  const images = standInImages(makeStandInLayers(join(world, "images")));
  await addImages?.(images);
  const { address } = await serveRegistry(images);
  const hosts = `server = "${address}"\n[host."${address}"]\ncapabilities = ["pull", "resolve"]\n`;
  writeFileSync(join(registries, "_default/hosts.toml"), hosts);
  writeFileSync(join(networks, "10-cri.conflist"), JSON.stringify(NETWORK));
  const path = join(world, "config.toml");
  writeFileSync(path, containerdConfiguration({ major, directory: world, runtimes, registries, networks }));
  // containers' files are there, and a VMM that is another user
  chmodSync(world, 0o711);
  return path;
}
