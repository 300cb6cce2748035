import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { CommandRuntime } from "./command-runtime.js";
import { hasHybridCgroups, unifiedCgroups } from "./unified-cgroups.js";

/** The runtimes that tskata is compared with. */
export const PEERS = ["runc", "crun", "runsc"] as const;

/** One of them. */
export type Peer = (typeof PEERS)[number];

/** What makes runsc run on any host: it needs neither its cgroups nor its network here. */
const FLAGS: Record<Peer, readonly string[]> = { runc: [], crun: [], runsc: ["--ignore-cgroups", "--network=none"] };

/** Whether a program is found on PATH. */
export function isInstalled(program: string): boolean {
  return spawnSync("sh", ["-c", 'command -v "$1"', "sh", program], { stdio: "ignore" }).status === 0;
}

/** A peer with a state directory of its own, which is made. */
export async function peerRuntime(name: Peer, directory: string): Promise<CommandRuntime> {
  mkdirSync(directory, { mode: 0o711 });
  const command = [name, "--root", `${directory}/state`, ...FLAGS[name]] as const;
  const options = { name, marker: `${directory}/`, env: {} };
  if (name !== "crun" || !hasHybridCgroups()) return new CommandRuntime({ ...options, command: [...command] });
  const cgroups = await unifiedCgroups();
  const [enter = "nsenter", ...rest] = cgroups.enter;
  return new ClosingRuntime({ ...options, command: [enter, ...rest, ...command] }, () => cgroups.close());
}

/** A runtime that has something to let go. */
class ClosingRuntime extends CommandRuntime {
  readonly #afterwards: () => Promise<void>;

  constructor(options: ConstructorParameters<typeof CommandRuntime>[0], afterwards: () => Promise<void>) {
    super(options);
    this.#afterwards = afterwards;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#afterwards();
  }
}
