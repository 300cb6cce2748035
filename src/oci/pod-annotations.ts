/** What a container is in a Kubernetes pod. */
export interface PodRole {
  /** The one that a pod begins with and whose namespaces the others join, or one of those. */
  readonly kind: "sandbox" | "container";
  /** The pod's: in containerd the sandbox's own id. */
  readonly sandboxId: string;
}

/** How a runtime of Kubernetes' says it. */
interface Vocabulary {
  readonly kind: string;
  readonly sandbox: string;
  readonly sandboxId: string;
}

const VOCABULARIES: readonly Vocabulary[] = [
  // containerd
  { kind: "io.kubernetes.cri.container-type", sandbox: "sandbox", sandboxId: "io.kubernetes.cri.sandbox-id" },
  // CRI-O
  { kind: "io.kubernetes.cri-o.ContainerType", sandbox: "sandbox", sandboxId: "io.kubernetes.cri-o.SandboxID" },
  // Docker by way of dockershim or cri-dockerd
  { kind: "io.kubernetes.docker.type", sandbox: "podsandbox", sandboxId: "io.kubernetes.sandbox.id" },
];
/** Podman has CRI-O's words, and pods without a sandbox, or with less in common than a network. */
const MANAGER = "io.container.manager";
const PODMAN = "libpod";

/** What a container's annotations say of its place in a Kubernetes pod; undefined where it is in none. */
export function podRole(annotations: Readonly<Record<string, string>> = {}): PodRole | undefined {
  if (annotations[MANAGER] === PODMAN) return undefined;
  for (const { kind, sandbox, sandboxId } of VOCABULARIES) {
    const [said, id] = [annotations[kind], annotations[sandboxId]];
    if (said === sandbox && id !== undefined) return { kind: "sandbox", sandboxId: id };
    if (said === "container" && id !== undefined) return { kind: "container", sandboxId: id };
  }
  return undefined;
}

/** What a pod's containers may use together, as its sandbox is told beforehand; undefined where it isn't. */
export interface PodLimits {
  readonly memory: { readonly limit?: bigint };
  readonly cpu: { readonly quota?: bigint; readonly period?: bigint };
}

const MEMORY = "io.kubernetes.cri.sandbox-memory";
const CPU_QUOTA = "io.kubernetes.cri.sandbox-cpu-quota";
const CPU_PERIOD = "io.kubernetes.cri.sandbox-cpu-period";

/** What the annotations of a pod's sandbox say of the whole pod's limits. What is no number counts as nothing. */
export function podLimits(annotations: Readonly<Record<string, string>> = {}): PodLimits {
  const [limit, quota, period] = [MEMORY, CPU_QUOTA, CPU_PERIOD].map((name) => positive(annotations[name]));
  return {
    memory: limit === undefined ? {} : { limit },
    cpu: { ...(quota !== undefined && { quota }), ...(period !== undefined && { period }) },
  };
}

function positive(text = ""): bigint | undefined {
  return /^[1-9]\d{0,18}$/.test(text) ? BigInt(text) : undefined;
}
