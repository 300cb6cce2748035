import { INSTALLER_REPOSITORY } from "../../../scripts/node-image/installer-image.js";
import { VERSION } from "../../../src/common/version.js";
import type { Manifest } from "./test-namespace.js";

/** The stand-in for it is Debian's busybox. */
export const BUSYBOX = "registry.k8s.io/e2e-test-images/busybox:1.29-2";
/** Has Node: what sets up nodes, as `deploy/` names it. */
export const NODE_IMAGE = `${INSTALLER_REPOSITORY}:${VERSION}`;
/** Lives until it is told to end, which it does at once. */
export const OBEDIENT = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

/** A container of busybox's that runs a script, with more fields. */
export function container(name: string, script: string, fields: Manifest = {}): Manifest {
  return { name, image: BUSYBOX, command: ["sh", "-c", script], ...fields };
}

/** What a pod is that runs in a VM: containers, and more fields of its spec. */
export function podSpec(containers: readonly Manifest[], fields: Manifest = {}): Manifest {
  return { runtimeClassName: "tskata", containers, ...fields };
}

/** A pod in a VM. */
export function pod(name: string, containers: readonly Manifest[], fields: Manifest = {}): Manifest {
  return { apiVersion: "v1", kind: "Pod", metadata: { name }, spec: podSpec(containers, fields) };
}
