import { statSync } from "node:fs";
import { errnoName, TskataError } from "../../common/error.js";
import type { Spec } from "../../oci/config.js";
import { NAMESPACES, type NamespaceType } from "../../oci/tables/namespaces.js";

/** Those of the host's that a VM's container would have to be in for what it was asked for. */
const NEVER_THE_HOSTS = ["network", "pid", "ipc"] as const satisfies readonly NamespaceType[];
/** How Docker, Podman and the CRI name their containers, and Buildah the steps of a build. */
const ENGINE_ID = /^(?:[0-9a-f]{64}|buildah-.*)$/;

/** A container that is to be made. */
export interface AskedContainer {
  readonly id: string;
  readonly spec: Pick<Spec, "linux" | "annotations">;
  /** By type: the container that a namespace with a path is joined from. */
  readonly owners: Readonly<Partial<Record<NamespaceType, string>>>;
}

/**
 * Refuses what asks for the host's own network, processes or IPC: the path of
 * such a namespace, or none in the list of an engine, which leaves it out for
 * that alone (`--network host`). Where no engine is at work an unlisted one is
 * the guest's.
 *
 * @throws TskataError `unsupported`
 */
export function refuseHostNamespaces(container: AskedContainer): void {
  const { namespaces = [] } = container.spec.linux ?? {};
  for (const type of NEVER_THE_HOSTS) {
    const listed = namespaces.find((each) => each.type === type);
    if (listed === undefined) {
      if (meansTheHosts(type, container)) throw refused(type, `lists no ${type} namespace, which means the host's`);
    } else if (container.owners[type] === undefined && isTheHosts(type, listed.path ?? "")) {
      throw refused(type, `asks for the ${type} namespace ${String(listed.path)}, which is the host's`);
    }
  }
}

function refused(type: NamespaceType, found: string): TskataError {
  const what = `the container is in a VM and can't be in it; run it without --${type} host, or with another runtime`;
  return new TskataError("unsupported", `linux.namespaces: config.json ${found}: ${what}`);
}

/** Conformance suites and people leave namespaces out as well, and are content with the guest's. */
function meansTheHosts(type: NamespaceType, { id, spec }: AskedContainer): boolean {
  const isEngines = ENGINE_ID.test(id) || Object.keys(spec.annotations ?? {}).length > 0;
  // `ctr run --net-host` gives neither, but like every engine it names a cgroup.
  return isEngines || (type === "network" && (spec.linux?.cgroupsPath ?? "") !== "");
}

/** Whether a path leads to the namespace that this command is in, or the machine's first process. */
function isTheHosts(type: NamespaceType, path: string): boolean {
  if (path === "") return false;
  const { procName } = NAMESPACES[type];
  const hosts = [`/proc/self/ns/${procName}`, `/proc/1/ns/${procName}`].map(identityOf);
  const found = identityOf(path);
  return found !== undefined && hosts.includes(found);
}

/** Device and inode of a namespace, which no other has (namespaces(7)); undefined where it may not be looked at. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    // As in a container, where the first process may be somebody else's.
    if (errnoName(error) === "EACCES" || errnoName(error) === "ENOENT") return undefined;
    throw error;
  }
}
