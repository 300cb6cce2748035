import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withDeadline } from "../../../src/common/deadline.js";
import { messageOf } from "../../../src/common/error.js";
import { pollUntil } from "../../../src/common/poll-until.js";
import { containerdConfiguration, type ContainerdRuntime, WORLD_FOLDER } from "./containerd-configuration.js";
import { serveRegistry } from "./registry.js";
import { standInImages } from "./stand-in-images.js";
import { makeStandInLayers } from "./stand-in-layers.js";

const START_TIMEOUT_MS = 60_000;
const START_STEP_MS = 200;
const SYSCTLS = ["ip_forward", "conf/all/route_localnet"];
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

/** What a world is made for. */
export interface WorldOrder {
  /** Exists; gets `containerd.log`. */
  readonly directory: string;
  readonly runtime: ContainerdRuntime;
  /** The first number of containerd's version. */
  readonly containerdMajor: number;
  /** Where containerd serves the CRI, as `unix://PATH`; the path is that of `containerdConfiguration`. */
  readonly endpoint: string;
  /** What is run once containerd answers; crictl knows where. */
  readonly command: readonly string[];
}

/** Serves the stand-ins, writes what containerd reads, and answers the path of its configuration. */
async function setUp({ runtime, containerdMajor }: WorldOrder, world: string): Promise<string> {
  const registries = join(world, "registries");
  const networks = join(world, "networks");
  for (const path of [join(registries, "_default"), networks]) mkdirSync(path, { recursive: true });
  for (const name of SYSCTLS) writeFileSync(`/proc/sys/net/ipv4/${name}`, "1");
  const { address } = await serveRegistry(standInImages(makeStandInLayers(join(world, "images"))));
  const hosts = `server = "${address}"\n[host."${address}"]\ncapabilities = ["pull", "resolve"]\n`;
  writeFileSync(join(registries, "_default/hosts.toml"), hosts);
  writeFileSync(join(networks, "10-cri.conflist"), JSON.stringify(NETWORK));
  const path = join(world, "config.toml");
  writeFileSync(
    path,
    containerdConfiguration({ major: containerdMajor, directory: world, runtime, registries, networks }),
  );
  // containers' files are there, and a VMM that is another user
  chmodSync(world, 0o711);
  return path;
}

/**
 * Runs in namespaces of its own: starts containerd, waits until it answers, and
 * runs the command, whose exit status is the answer. Whatever runs then ends
 * with the pid namespace.
 */
async function main(order: WorldOrder): Promise<number> {
  const { directory } = order;
  const world = join(directory, WORLD_FOLDER);
  const configuration = await setUp(order, world);
  const log = openSync(join(directory, "containerd.log"), "a");
  const containerd = spawn("containerd", ["--config", configuration], { stdio: ["ignore", log, log] });
  const ended = once(containerd, "exit").then(([status]) => {
    throw new Error(`containerd ended with status ${status}: see ${directory}/containerd.log`);
  });
  const client = join(world, "crictl.yaml");
  writeFileSync(client, `runtime-endpoint: ${order.endpoint}\nimage-endpoint: ${order.endpoint}\n`);
  const env = { ...process.env, CRI_CONFIG_FILE: client, TMPDIR: world };
  const run = async (command: readonly string[], stdio: "ignore" | "inherit"): Promise<number> => {
    const [file = "", ...args] = command;
    const [status] = (await once(spawn(file, args, { env, stdio }), "exit")) as [number | null];
    return status ?? 1;
  };
  const answers = async (): Promise<boolean> => (await run(["crictl", "version"], "ignore")) === 0;
  const up = withDeadline("an answer of containerd", START_TIMEOUT_MS, (signal) =>
    pollUntil(answers, START_STEP_MS, signal),
  );
  return Promise.race([ended, up.then(() => run(order.command, "inherit"))]);
}

try {
  process.exit(await main(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as WorldOrder));
} catch (error) {
  console.error(messageOf(error));
  process.exit(2);
}
