import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NODE_ADDRESS } from "./addresses.js";

/** What a kubelet sets for the whole machine, below `/proc/sys`. */
const KUBELET_SETTINGS: Readonly<Record<string, string>> = {
  "vm/overcommit_memory": "1",
  "vm/panic_on_oom": "0",
  "kernel/panic": "10",
  "kernel/panic_on_oops": "1",
  "kernel/keys/root_maxkeys": "1000000",
  "kernel/keys/root_maxbytes": "25000000",
};
/** Has links to containers' logs, at a place that no setting names. */
const LOGS = "/var/log";
/** What bridged packets need to meet the rules of services. */
const BRIDGE_SETTING = "/proc/sys/net/bridge/bridge-nf-call-iptables";

/**
 * Makes a node of a mount namespace and a network namespace: an interface with
 * the node's address and the default route, and files that stand for the
 * machine's settings, so that a kubelet finds them set and leaves the machine's
 * own alone.
 *
 * @param directory for the files; is made
 */
export function prepareMachine(directory: string): void {
  mkdirSync(directory);
  for (const [name, value] of Object.entries(KUBELET_SETTINGS)) {
    const file = join(directory, name.replaceAll("/", "."));
    writeFileSync(file, `${value}\n`);
    execFileSync("mount", ["--bind", file, join("/proc/sys", name)]);
  }
  execFileSync("mount", ["-t", "tmpfs", "none", LOGS]);
  const ip = (...args: string[]): Buffer => execFileSync("ip", args);
  ip("link", "add", "node0", "type", "bridge");
  ip("address", "add", `${NODE_ADDRESS}/24`, "dev", "node0");
  ip("link", "set", "node0", "up");
  ip("route", "add", "default", "dev", "node0");
  writeFileSync(BRIDGE_SETTING, "1");
}
