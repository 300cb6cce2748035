import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import type { Stage } from "../../../src/host/sandbox/timings.js";
import { ForegroundRun } from "../../support/foreground-run.js";
import { PATIENCE } from "../../support/patience.js";
import { TestNetwork } from "../../support/test-network.js";
import { type CommandResult, TestTskata } from "../../support/tskata.js";

/** Longest time of one command. */
export const DEADLINE_MS = 60_000 * PATIENCE;

/** The host's address in the network that host and guest have in common: of a net for documentation, in namespaces of the test's own. */
export const HOST = "192.0.2.1";
const GUEST = "192.0.2.2";

/** Says when it runs, and ends in its own way where it is told to. */
const PROGRAM = "trap 'exit 3' TERM; echo ready; while :; do sleep 1 & wait $!; done";
/** What ping takes. */
const PING = ["CAP_NET_RAW"] as const;
const NAMESPACES = [{ type: "pid" }, { type: "ipc" }, { type: "uts" }, { type: "mount" }, { type: "cgroup" }] as const;

/** A container that runs on one kind of VM, with a volume and a network. */
export interface LabContainer {
  readonly tskata: TestTskata;
  readonly id: string;
  /** The host's directory of `/volume`, which has a file `from-host` in it. */
  readonly volume: string;
  /** The host's side of its network. */
  readonly host: TestNetwork;
  /** The `run` in the foreground. */
  readonly run: ForegroundRun;
  /** The stages of its start. */
  readonly stages: readonly Stage[];
  /** Runs a command in it, which has to succeed; gives its output. */
  readonly exec: (...args: readonly string[]) => Promise<string>;
  /** Ends it by SIGTERM. */
  readonly end: () => Promise<CommandResult>;
}

/** Starts one. */
export async function startLabContainer(t: Test, config: string): Promise<LabContainer> {
  const tskata = new TestTskata(t, config);
  const volume = join(tskata.directory, "volume");
  mkdirSync(volume);
  writeFileSync(join(volume, "from-host"), "hello guest");
  const host = await TestNetwork.make(t);
  const guest = await TestNetwork.make(t);
  host.connect("host0", guest, "eth0");
  host.run("ip", "address", "add", `${HOST}/24`, "dev", "host0");
  host.run("ip", "link", "set", "host0", "up");
  guest.run("ip", "address", "add", `${GUEST}/24`, "dev", "eth0");
  guest.run("ip", "link", "set", "eth0", "up");
  const bundle = tskata.bundle({
    process: { args: ["sh", "-c", PROGRAM], capabilities: { bounding: PING, effective: PING, permitted: PING } },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/volume", type: "bind", source: volume, options: ["rbind", "rw"] },
    ],
    linux: { namespaces: [...NAMESPACES, { type: "network", path: guest.path }] },
  });
  const id = tskata.newId();
  const run = new ForegroundRun(tskata, ["run", "--bundle", bundle, id]);
  await run.says(/ready/);
  const { sandboxId } = tskata.record(id);
  const stages = JSON.parse(readFileSync(join(tskata.runDirectory, sandboxId, "timings.json"), "utf8")) as Stage[];
  return {
    ...{ tskata, id, volume, host, run, stages },
    exec: (...args) => tskata.ok(["exec", id, ...args], { deadlineMs: DEADLINE_MS }),
    end: async () => {
      await tskata.ok(["kill", id, "TERM"], { deadlineMs: DEADLINE_MS });
      return run.ended;
    },
  };
}
