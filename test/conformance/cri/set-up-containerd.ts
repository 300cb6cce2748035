import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { containerdConfiguration, type ContainerdRuntime } from "./containerd-configuration.js";
import { serveRegistry } from "./registry.js";
import { type ImageSet, standInImages } from "./stand-in-images.js";
import { makeStandInLayers } from "./stand-in-layers.js";

const SYSCTLS = ["ipv4/ip_forward", "ipv4/conf/all/route_localnet", "ipv6/conf/all/forwarding"];
/** What joins a pod with the others: one of Debian's network plugins. */
export type PodNetwork = "bridge" | "ptp";

/** What its addresses are of. */
export type PodFamily = "ipv4" | "ipv6";

const RANGES = { ipv4: "10.88.0.0/16", ipv6: "fd00:88::/64" } as const satisfies Record<PodFamily, string>;
const EVERYWHERE = { ipv4: "0.0.0.0/0", ipv6: "::/0" } as const satisfies Record<PodFamily, string>;
const LINKS = {
  bridge: { type: "bridge", bridge: "cri0", isGateway: true },
  ptp: { type: "ptp" },
} as const satisfies Record<PodNetwork, object>;

/** What containerd is set up with. */
export interface ContainerdSetUp {
  /** The first number of its version. */
  readonly major: number;
  /** See `ContainerdOptions`. */
  readonly runtimes: Readonly<Record<string, ContainerdRuntime>>;
  /** A bridge where absent. */
  readonly network?: PodNetwork | undefined;
  /** Both where absent. */
  readonly families?: readonly PodFamily[] | undefined;
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
  { major, runtimes, network = "bridge", families = ["ipv4", "ipv6"] }: ContainerdSetUp,
  world: string,
  addImages?: AddImages,
): Promise<string> {
  const registries = join(world, "registries");
  const networks = join(world, "networks");
  for (const path of [join(registries, "_default"), networks]) mkdirSync(path, { recursive: true });
  for (const name of SYSCTLS) writeFileSync(`/proc/sys/net/${name}`, "1");
  const images = standInImages(makeStandInLayers(join(world, "images")));
  await addImages?.(images);
  const { address } = await serveRegistry(images);
  const hosts = `server = "${address}"\n[host."${address}"]\ncapabilities = ["pull", "resolve"]\n`;
  writeFileSync(join(registries, "_default/hosts.toml"), hosts);
  writeFileSync(join(networks, "10-cri.conflist"), JSON.stringify(networkOf(network, families)));
  const path = join(world, "config.toml");
  writeFileSync(path, containerdConfiguration({ major, directory: world, runtimes, registries, networks }));
  // containers' files are there, and a VMM that is another user
  chmodSync(world, 0o711);
  return path;
}

function networkOf(network: PodNetwork, families: readonly PodFamily[]): object {
  const ipam = {
    type: "host-local",
    ranges: families.map((family) => [{ subnet: RANGES[family] }]),
    routes: families.map((family) => ({ dst: EVERYWHERE[family] })),
  };
  return {
    cniVersion: "0.4.0",
    name: "cri",
    plugins: [
      { ...LINKS[network], ipMasq: true, ipam },
      { type: "portmap", capabilities: { portMappings: true }, snat: true },
    ],
  };
}
