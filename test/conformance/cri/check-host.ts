import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findProgram } from "../../../src/host/check/check-programs.js";
import { CNI_PLUGINS } from "./containerd-configuration.js";

/** Programs that a run takes, by the Debian package of each. */
const PROGRAMS: Readonly<Record<string, string>> = {
  containerd: "containerd",
  iptables: "iptables",
  gcc: "gcc",
  go: "golang-go, or a newer Go: cri-tools are built with it",
};

/**
 * Makes sure that critest can be run on this host.
 *
 * @param containerd folder of another containerd than the search path's
 * @throws Error that says what is missing
 */
export function checkHost(containerd: string | undefined): void {
  if (process.getuid?.() !== 0) throw new Error("containerd and its namespaces take root: run it as root");
  const searchPath = [containerd ?? "", process.env["PATH"] ?? ""].join(delimiter);
  const missing = Object.entries(PROGRAMS).filter(([name]) => findProgram(name, searchPath) === undefined);
  const packages = missing.map(([name, origin]) => `${name} (package ${origin})`);
  if (!existsSync(join(CNI_PLUGINS, "portmap"))) packages.push(`${CNI_PLUGINS} (package containernetworking-plugins)`);
  if (packages.length > 0) throw new Error(`critest can't be run; not installed: ${packages.join(", ")}`);
}
