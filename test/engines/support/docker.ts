import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ForegroundRun } from "../../support/foreground-run.js";
import { TestTerminal } from "../../support/terminal.js";
import type { CommandResult } from "../../support/tskata.js";
import { busyboxArchive, IMAGE_PATH } from "./busybox-image.js";
import { Containerd } from "./containerd.js";
import { Daemon } from "./daemon.js";
import { type EngineCommandOptions, EngineWorld, type WithTeardown } from "./engine-world.js";

/** The image that every test's Docker has: busybox, with `sh` as its command. */
export const IMAGE = "local/busybox:1";

/** How a Docker is set up. */
export interface DockerOptions {
  /** More lines of TOML for the runtime. */
  readonly config?: string;
  /** More settings of its daemon.json, in place of those of the same name. */
  readonly settings?: (world: EngineWorld) => Readonly<Record<string, unknown>>;
}

/**
 * A Docker with containerd in a world of its own, whose default runtime is
 * ours. At the end of the test its containers are removed and both daemons stopped.
 */
export class Docker {
  readonly world: EngineWorld;
  readonly containerd: Containerd;
  readonly daemon: Daemon;
  /** Its data, its state and its socket are below it. */
  readonly directory: string;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(world: EngineWorld, containerd: Containerd, settings: DockerOptions["settings"]) {
    this.world = world;
    this.containerd = containerd;
    const directory = world.makeDirectory("docker");
    this.directory = directory;
    const socket = join(directory, "docker.sock");
    this.#environment = { DOCKER_HOST: `unix://${socket}` };
    const config = join(directory, "daemon.json");
    writeFileSync(
      config,
      JSON.stringify({
        "data-root": join(directory, "data"),
        "exec-root": join(directory, "exec"),
        pidfile: join(directory, "dockerd.pid"),
        hosts: [`unix://${socket}`],
        containerd: containerd.socket,
        "cgroup-parent": `/${world.marker}`,
        "exec-opts": ["native.cgroupdriver=cgroupfs"],
        runtimes: {
          tskata: { path: world.runtime },
          debug: { path: world.runtime, runtimeArgs: ["--debug"] },
          wrong: { path: world.runtime, runtimeArgs: ["--no-such-option"] },
        },
        "default-runtime": "tskata",
        ...settings?.(world),
      }),
    );
    this.daemon = new Daemon(world, { command: ["dockerd", "--config-file", config], socket });
  }

  /** Starts one, with the image. */
  static async start(t: WithTeardown, { config, settings }: DockerOptions = {}): Promise<Docker> {
    const world = await EngineWorld.make(t, config);
    const docker = new Docker(world, await Containerd.start(t, world), settings);
    t.teardown(() => docker.#end());
    await docker.daemon.start();
    await docker.ok("import", "-c", IMAGE_PATH, "-c", 'CMD ["sh"]', busyboxArchive(world), IMAGE);
    return docker;
  }

  /** Runs a `docker` command to its end. */
  run(args: readonly string[], options: EngineCommandOptions = {}): Promise<CommandResult> {
    return this.world.run(["docker", ...args], { ...options, env: { ...this.#environment, ...options.env } });
  }

  /** Runs a `docker` command that has to succeed, and returns its output without the last line's end. */
  ok(...args: readonly string[]): Promise<string> {
    return this.world.ok(["docker", ...args], { env: this.#environment });
  }

  /** Starts a `docker` command, with pipes. */
  spawn(...args: readonly string[]): ChildProcess {
    return this.world.spawn(["docker", ...args], this.#environment);
  }

  /** Starts a `docker` command with which the test talks through pipes. */
  talk(...args: readonly string[]): ForegroundRun {
    return new ForegroundRun({ spawn: (all) => this.spawn(...all) }, args);
  }

  /** Runs a `docker` command in a terminal. */
  terminal(...args: readonly string[]): TestTerminal {
    return TestTerminal.run(this.commandLine(...args));
  }

  /** Starts a container in the background, without a network, and returns its id. */
  detached(...args: readonly string[]): Promise<string> {
    return this.ok("run", "--detach", "--network", "none", ...args);
  }

  /** Runs a container to its end, without a network, and removes it. */
  once(...args: readonly string[]): Promise<CommandResult> {
    return this.run(["run", "--rm", "--network", "none", ...args]);
  }

  /** The command line of a `docker` command, for who runs it in a terminal. */
  commandLine(...args: readonly string[]): string[] {
    const environment = Object.entries(this.#environment).map(([name, value]) => `${name}=${value}`);
    return [
      ...["nsenter", `--target=${this.world.pid}`, "--net", "--mount", "--"],
      ...["env", ...environment, "docker", ...args],
    ];
  }

  /** A field of `docker inspect`, by its template. */
  inspect(name: string, template: string): Promise<string> {
    return this.ok("inspect", "--format", template, name);
  }

  async #end(): Promise<void> {
    const ids = (await this.ok("ps", "--all", "--quiet")).split("\n").filter(Boolean);
    if (ids.length > 0) await this.ok("rm", "--force", "--volumes", ...ids);
    await this.daemon.stop();
  }
}
