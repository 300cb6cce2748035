import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withDeadline } from "../../../src/common/deadline.js";
import { messageOf } from "../../../src/common/error.js";
import { pollUntil } from "../../../src/common/poll-until.js";
import { type ContainerdRuntime, WORLD_FOLDER } from "./containerd-configuration.js";
import { type PodNetwork, setUpContainerd } from "./set-up-containerd.js";

const START_TIMEOUT_MS = 60_000;
const START_STEP_MS = 200;
/** How long crictl waits for an answer, in seconds: as long as a kubelet does for a pod. */
const PATIENCE_S = 240;

/** What a world is made for. */
export interface WorldOrder {
  /** Exists; gets `containerd.log`. */
  readonly directory: string;
  readonly runtime: ContainerdRuntime;
  readonly network: PodNetwork;
  /** The first number of containerd's version. */
  readonly containerdMajor: number;
  /** Where containerd serves the CRI, as `unix://PATH`; the path is that of `containerdConfiguration`. */
  readonly endpoint: string;
  /** What is run once containerd answers; crictl knows where. */
  readonly command: readonly string[];
}

/**
 * Runs in namespaces of its own: starts containerd, waits until it answers, and
 * runs the command, whose exit status is the answer. Whatever runs then ends
 * with the pid namespace.
 */
async function main(order: WorldOrder): Promise<number> {
  const { directory } = order;
  const world = join(directory, WORLD_FOLDER);
  const { containerdMajor: major, runtime, network } = order;
  const configuration = await setUpContainerd({ major, runtimes: { tested: runtime }, network }, world);
  const log = openSync(join(directory, "containerd.log"), "a");
  const containerd = spawn("containerd", ["--config", configuration], { stdio: ["ignore", log, log] });
  const ended = once(containerd, "exit").then(([status]) => {
    throw new Error(`containerd ended with status ${status}: see ${directory}/containerd.log`);
  });
  const client = join(world, "crictl.yaml");
  const settings = { "runtime-endpoint": order.endpoint, "image-endpoint": order.endpoint, timeout: PATIENCE_S };
  writeFileSync(client, JSON.stringify(settings));
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
