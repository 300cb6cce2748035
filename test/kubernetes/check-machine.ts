import { existsSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../src/host/check/check-programs.js";
import { CNI_PLUGINS } from "../conformance/cri/containerd-configuration.js";

/** Programs that a cluster takes, by the Debian package of each. */
const PROGRAMS: Readonly<Record<string, string>> = {
  containerd: "containerd",
  runc: "runc",
  iptables: "iptables",
  openssl: "openssl",
  gcc: "gcc",
  go: "golang-go, from 1.21 on: Kubernetes is built with it",
};

/**
 * Makes sure that a cluster can be built and run on this machine.
 *
 * @throws Error that says what is missing
 */
export function checkMachine(): void {
  if (process.getuid?.() !== 0) throw new Error("a cluster and its namespaces take root: run it as root");
  const missing = Object.entries(PROGRAMS).filter(([name]) => findProgram(name, process.env["PATH"]) === undefined);
  const packages = missing.map(([name, origin]) => `${name} (package ${origin})`);
  if (!existsSync(join(CNI_PLUGINS, "portmap"))) packages.push(`${CNI_PLUGINS} (package containernetworking-plugins)`);
  if (packages.length > 0) throw new Error(`a cluster can't be run; not installed: ${packages.join(", ")}`);
}
