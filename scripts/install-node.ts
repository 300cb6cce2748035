import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../src/common/error.js";
import { repositoryRoot } from "./artifacts/repository-root.js";
import { installFiles, uninstallFiles } from "./install/installation.js";
import { installedFiles, LIBRARY_FOLDER } from "./install/installed-files.js";
import { criDaemons } from "./install/node/cri-daemons.js";
import { type ClusterAccess, labelNode } from "./install/node/label-node.js";
import { installPackages } from "./install/node/packages.js";

const USAGE = `usage: install-node [--remove] [--root DIR] [--label NODE] [--restart]

  --remove      take away what was installed; Debian packages stay
  --root DIR    the node's root directory; / where absent
  --label NODE  tell the cluster, as a pod of it, that pods of the RuntimeClass can run on this node
  --restart     restart containerd, or CRI-O, by the node's systemd where its configuration has changed: the process
                namespace is the node's then`;
/** containerd looks for shims in its search path. */
const PREFIX = "/usr/local";
/** The Node that runs this program runs the installed ones as well. */
const NODE_PROGRAM = `${LIBRARY_FOLDER}/bin/node`;
const COMMAND = "bin/tskata";
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
/** As busybox and util-linux take it: the node's systemd, in its own namespaces. */
const RESTART = ["-t", "1", "-m", "-u", "-i", "-n", "systemctl", "restart"];

/** Sets up a node of a Kubernetes cluster for pods in VMs: packages, files, the configuration of its CRI, the node's label. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      remove: { type: "boolean", default: false },
      root: { type: "string", default: "/" },
      label: { type: "string" },
      restart: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const { root, label, remove } = values;
  // no new pods while it goes
  if (remove && label !== undefined) await labelNode(label, false, access());
  if (!remove) installAll(root);
  for (const daemon of criDaemons(root, join(PREFIX, COMMAND))) {
    const isChanged = configure(join(root, daemon.file), remove ? daemon.remove : daemon.add);
    console.log(`the configuration of ${daemon.name} ${isChanged ? "is changed" : "stays as it was"}`);
    if (isChanged && values.restart) {
      execFileSync("nsenter", [...RESTART, daemon.name], { stdio: ["ignore", "inherit", "inherit"] });
    }
  }
  if (remove) console.log(`${uninstallFiles(join(root, PREFIX))} files removed`);
  if (!remove && label !== undefined) await labelNode(label, true, access());
}

function installAll(root: string): void {
  const checkout = repositoryRoot(import.meta.url);
  const packages = installPackages(root, checkout);
  console.log(`Debian packages: ${packages.length === 0 ? "all there" : packages.join(", ")}`);
  const files = [
    ...installedFiles(checkout, PREFIX, join(PREFIX, NODE_PROGRAM)),
    { target: NODE_PROGRAM, content: { copyOf: process.execPath }, mode: 0o755 },
  ];
  installFiles(join(root, PREFIX), files);
  console.log(`${files.length} files installed`);
}

/** Changes a file as a whole, or removes it where nothing is to be in it; says whether there was anything to change. */
function configure(path: string, change: (text: string) => string): boolean {
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  const after = change(before);
  if (after === before) return false;
  if (after === "") {
    rmSync(path);
    return true;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.partial`, after);
  renameSync(`${path}.partial`, path);
  return true;
}

function access(): ClusterAccess {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (host === undefined || port === undefined) {
    throw new Error("--label: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT aren't set: run it in a pod");
  }
  return { host, port, account: ACCOUNT };
}

main().catch((error: unknown) => {
  console.error(`install on a node: ${messageOf(error)}`);
  process.exitCode = 1;
});
