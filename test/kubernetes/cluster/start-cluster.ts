import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { withDeadline } from "../../../src/common/deadline.js";
import { pollUntil } from "../../../src/common/poll-until.js";
import { CONTAINERD_SOCKET } from "../../conformance/cri/containerd-configuration.js";
import { type ContainerdSetUp, setUpContainerd } from "../../conformance/cri/set-up-containerd.js";
import { ETCD_SERVER, NODE } from "./addresses.js";
import { addDeployedImages } from "./deployed-images.js";
import { Certificates } from "./certificates.js";
import { apiServerCommand, controllerManagerCommand, etcdCommand, schedulerCommand } from "./control-plane.js";
import type { Daemons } from "./daemons.js";
import { writeKubeconfig } from "./kubeconfig.js";
import { kubeletCommand, proxyCommand } from "./node.js";
import { prepareMachine } from "./prepare-machine.js";

const START_TIMEOUT_MS = 180_000;
const START_STEP_MS = 500;
const run = promisify(execFile);

/**
 * Starts a cluster of one node in the caller's namespaces, and waits until pods
 * can be made.
 *
 * @param directory everything is below it; is made
 * @returns the path of the administrator's kubeconfig
 * @throws Error where one of the programs ends, TskataError `deadline`
 */
export async function startCluster(directory: string, containerd: ContainerdSetUp, daemons: Daemons): Promise<string> {
  const configuration = await setUpContainerd(containerd, directory, (images) =>
    addDeployedImages(images, join(directory, "installer")),
  );
  prepareMachine(join(directory, "settings"));
  const certificates = Certificates.make(join(directory, "certificates"));
  const kubeconfig = join(directory, "admin.json");
  writeKubeconfig(kubeconfig, certificates, "admin");
  const kubectl = (...args: string[]): Promise<unknown> => run("kubectl", ["--kubeconfig", kubeconfig, ...args]);
  daemons.start(["containerd", "--config", configuration]);
  daemons.start(etcdCommand(directory));
  await answers("etcd", async () => (await fetch(`${ETCD_SERVER}/health`)).ok, daemons);
  daemons.start(apiServerCommand(directory, certificates));
  await answers("the API server", () => kubectl("get", "--raw", "/readyz"), daemons);
  daemons.start(controllerManagerCommand(directory, certificates));
  daemons.start(schedulerCommand(directory, certificates));
  daemons.start(kubeletCommand(directory, certificates, `unix://${join(directory, CONTAINERD_SOCKET)}`));
  daemons.start(proxyCommand(directory, certificates));
  const waits = [
    [`node/${NODE}`, "create"],
    [`node/${NODE}`, "condition=Ready"],
    ["serviceaccount/default", "create"],
  ] as const;
  for (const [what, state] of waits) {
    const wait = kubectl("wait", `--for=${state}`, what, `--timeout=${START_TIMEOUT_MS / 1000}s`);
    await Promise.race([wait, daemons.ended]);
  }
  return kubeconfig;
}

/** Asks again and again until there is an answer. */
async function answers(who: string, ask: () => Promise<unknown>, daemons: Daemons): Promise<void> {
  const answered = (): Promise<boolean> =>
    ask().then(
      (answer) => answer !== false,
      () => false,
    );
  const up = withDeadline(`an answer of ${who}`, START_TIMEOUT_MS, (signal) =>
    pollUntil(answered, START_STEP_MS, signal),
  );
  await Promise.race([up, daemons.ended]);
}
