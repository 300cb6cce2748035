import type { Spec } from "../config.js";
import type { Linux, LinuxDevice, LinuxMemoryPolicy } from "../linux.js";
import type { NamespaceType } from "../tables/namespaces.js";
import { describeValue } from "../validation/describe-value.js";
import { parseIdList } from "../id-list.js";
import { makesUserNamespace } from "../user-namespace-mappings.js";
import type { ReportIssue } from "../validation/issue.js";
import { memberPath } from "../validation/json-path.js";
import { checkIdMappings } from "./check-id-mappings.js";
import { checkResources } from "./check-resources.js";
import { checkSeccomp } from "./check-seccomp.js";

const MAPPINGS = ["uidMappings", "gidMappings"] as const;

/** What the schema can't say about the `linux` section (config-linux.md). */
export function checkLinux(linux: Linux, error: ReportIssue): void {
  checkNamespaces(linux, error);
  for (const member of MAPPINGS) {
    checkIdMappings(linux[member] ?? [], `linux.${member}`, error);
  }
  for (const [index, device] of (linux.devices ?? []).entries()) checkDevice(device, `linux.devices[${index}]`, error);
  checkNetDevices(linux, error);
  for (const member of ["maskedPaths", "readonlyPaths"] as const) {
    for (const [index, path] of (linux[member] ?? []).entries()) {
      if (!path.startsWith("/")) error(`linux.${member}[${index}]`, describeValue(path), "an absolute path");
    }
  }
  for (const name of Object.keys(linux.sysctl ?? {})) {
    if (!/^[A-Za-z0-9_@:-]+(?:[./][A-Za-z0-9_@:-]+)*$/.test(name)) {
      error(memberPath("linux.sysctl", name), "this name", 'a kernel parameter such as "net.core.somaxconn"');
    }
  }
  if (linux.resources !== undefined) checkResources(linux.resources, "linux.resources", error);
  if (linux.seccomp !== undefined) checkSeccomp(linux.seccomp, "linux.seccomp", error);
  if (linux.memoryPolicy !== undefined) checkMemoryPolicy(linux.memoryPolicy, error);
  for (const [index, flag] of (linux.personality?.flags ?? []).entries()) {
    error(`linux.personality.flags[${index}]`, describeValue(flag), "no flags: none is defined");
  }
}

/**
 * What `create` needs of the `linux` section beyond that: what a document sets
 * in a namespace needs that namespace to be the container's.
 *
 * @param warning takes a user namespace that keeps no ids apart
 */
export function checkNamespaceUse(linux: Linux, spec: Spec, error: ReportIssue, warning: ReportIssue): void {
  const paths = new Map<NamespaceType, string>();
  for (const { type, path = "" } of linux.namespaces ?? []) paths.set(type, path);
  for (const member of ["hostname", "domainname"] as const) {
    if ((spec[member] ?? "") !== "" && !paths.has("uts")) {
      error(member, describeValue(spec[member]), 'no name without "uts" in linux.namespaces');
    }
  }
  for (const member of MAPPINGS) {
    if ((linux[member] ?? []).length > 0 && !paths.has("user")) {
      error(`linux.${member}`, describeValue(linux[member]), 'no mappings without "user" in linux.namespaces');
    }
  }
  const unmapped = MAPPINGS.filter((member) => (linux[member] ?? []).length === 0);
  if (unmapped.length > 0 && makesUserNamespace(linux)) {
    const found = `a new one of type "user" without linux.${unmapped.join(" and linux.")}`;
    warning("linux.namespaces", found, "mappings beside it; every id is mapped to itself");
  }
  if (Object.keys(linux.netDevices ?? {}).length > 0 && !paths.has("network")) {
    error("linux.netDevices", "devices to move", 'none without "network" in linux.namespaces');
  }
  if (Object.keys(linux.timeOffsets ?? {}).length > 0 && paths.get("time") !== "") {
    error("linux.timeOffsets", "offsets", 'no offsets without a new namespace of type "time" in linux.namespaces');
  }
}

function checkNamespaces(linux: Linux, error: ReportIssue): void {
  const seen = new Set<NamespaceType>();
  for (const [index, { type, path = "" }] of (linux.namespaces ?? []).entries()) {
    if (seen.has(type)) {
      error(`linux.namespaces[${index}].type`, `a second ${describeValue(type)}`, "each type once");
    }
    if (path !== "" && !path.startsWith("/")) {
      error(`linux.namespaces[${index}].path`, describeValue(path), "an absolute path");
    }
    seen.add(type);
  }
}

/** Linux has 12 bits for the major number of a device and 20 for the minor. */
const MOST_OF_DEVICE = { major: 0xfff, minor: 0xfffff } as const;

function checkDevice(device: LinuxDevice, path: string, error: ReportIssue): void {
  if (!device.path.startsWith("/")) error(`${path}.path`, describeValue(device.path), "an absolute path");
  if (device.type === "p") return;
  for (const [member, most] of Object.entries(MOST_OF_DEVICE) as [keyof typeof MOST_OF_DEVICE, number][]) {
    const number = device[member];
    if (number === undefined) {
      error(`${path}.${member}`, "nothing", `a number: a device of type "${device.type}" needs it`);
    } else if (number < 0 || number > most) {
      error(`${path}.${member}`, describeValue(number), `0 to ${most}`);
    }
  }
}

function checkNetDevices(linux: Linux, error: ReportIssue): void {
  const seen = new Set<string>();
  for (const [name, device] of Object.entries(linux.netDevices ?? {})) {
    const path = memberPath("linux.netDevices", name);
    const newName = (device.name ?? "") === "" ? name : (device.name ?? "");
    if (seen.has(newName)) error(path, `a second device ${describeValue(newName)}`, "each name once");
    seen.add(newName);
    if (!isInterfaceName(name)) error(path, "this name", "the name of a network interface");
    if ((device.name ?? "") !== "" && !isInterfaceName(device.name ?? "")) {
      error(`${path}.name`, describeValue(device.name), "the name of a network interface");
    }
  }
}

/** As the kernel's dev_valid_name(): IFNAMSIZ is 16 with the closing NUL. */
function isInterfaceName(name: string): boolean {
  return /^[^/:\s]{1,15}$/.test(name) && name !== "." && name !== "..";
}

/** Which modes of set_mempolicy(2) take nodes. */
function checkMemoryPolicy({ mode, nodes = "", flags = [] }: LinuxMemoryPolicy, error: ReportIssue): void {
  const hasNodes = nodes.trim() !== "";
  const count = countNodes(nodes);
  if (count === undefined) error("linux.memoryPolicy.nodes", describeValue(nodes), "a list such as 0-3,7");
  else if (hasNodes && (mode === "MPOL_DEFAULT" || mode === "MPOL_LOCAL")) {
    error(
      "linux.memoryPolicy.nodes",
      describeValue(nodes),
      `no nodes: the ${mode} mode requires 0 nodes but got ${count}`,
    );
  }
  if (!hasNodes && !["MPOL_DEFAULT", "MPOL_LOCAL", "MPOL_PREFERRED"].includes(mode)) {
    error("linux.memoryPolicy.nodes", "nothing", `at least one node with ${mode}`);
  }
  if (flags.includes("MPOL_F_STATIC_NODES") && flags.includes("MPOL_F_RELATIVE_NODES")) {
    error("linux.memoryPolicy.flags", "both kinds of nodes", "MPOL_F_STATIC_NODES or MPOL_F_RELATIVE_NODES");
  }
}

/** How many nodes a list names; undefined where it is none. */
function countNodes(nodes: string): number | undefined {
  try {
    return parseIdList(nodes).length;
  } catch {
    return undefined;
  }
}
