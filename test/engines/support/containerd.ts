import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandResult } from "../../support/tskata.js";
import { Daemon } from "./daemon.js";
import type { EngineCommandOptions, EngineWorld, WithTeardown } from "./engine-world.js";

/** A containerd in an engine's world; at the end of the test it is stopped. */
export class Containerd {
  readonly socket: string;
  readonly daemon: Daemon;
  /** Has a directory for each task of Docker's that there is. */
  readonly dockerTasks: string;
  readonly #world: EngineWorld;

  private constructor(world: EngineWorld) {
    this.#world = world;
    const directory = world.makeDirectory("containerd");
    this.socket = join(directory, "containerd.sock");
    this.dockerTasks = join(directory, "state/io.containerd.runtime.v2.task/moby");
    const config = join(directory, "config.toml");
    writeFileSync(
      config,
      [
        `version = 2`,
        `root = "${directory}/root"`,
        `state = "${directory}/state"`,
        `disabled_plugins = ["io.containerd.grpc.v1.cri"]`,
        `[grpc]`,
        `address = "${this.socket}"`,
        `[plugins."io.containerd.internal.v1.opt"]`,
        `path = "${directory}/opt"`,
        "",
      ].join("\n"),
    );
    this.daemon = new Daemon(world, { command: ["containerd", "--config", config], socket: this.socket });
  }

  /** Starts one. */
  static async start(t: WithTeardown, world: EngineWorld): Promise<Containerd> {
    const containerd = new Containerd(world);
    t.teardown(() => containerd.daemon.stop());
    await containerd.daemon.start();
    return containerd;
  }

  /** The command line of a `ctr` with these arguments, for who runs it in a terminal. */
  commandLine(args: readonly string[]): string[] {
    return this.#world.commandLine(["ctr", "--address", this.socket, ...args]);
  }

  /** Runs `ctr` with these arguments. */
  ctr(args: readonly string[], options: EngineCommandOptions = {}): Promise<CommandResult> {
    return this.#world.run(["ctr", "--address", this.socket, ...args], options);
  }

  /** Runs a `ctr` that has to succeed. */
  ctrOk(args: readonly string[], options: EngineCommandOptions = {}): Promise<string> {
    return this.#world.ok(["ctr", "--address", this.socket, ...args], options);
  }
}
