import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandResult } from "../../support/tskata.js";
import { busyboxArchive, IMAGE_PATH } from "./busybox-image.js";
import { type EngineCommandOptions, EngineWorld, type WithTeardown } from "./engine-world.js";
import { unlessVersion } from "./version.js";

/** The image that every test's Podman has: busybox, with `sh` as its command. */
export const IMAGE = "localhost/busybox:1";

/** How a Podman is set up. */
export interface PodmanOptions {
  /** More lines of TOML for the runtime. */
  readonly config?: string;
  readonly networkBackend?: "netavark" | "cni";
  /** Whether there is a template of VMs beforehand; true by default. */
  readonly template?: boolean;
}

/**
 * A Podman in a world of its own, whose runtime is ours. At the end of the test
 * its containers and pods are removed.
 */
export class Podman {
  readonly world: EngineWorld;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(world: EngineWorld, networkBackend: string) {
    this.world = world;
    const directory = world.makeDirectory("podman");
    const [storage, containers] = [join(directory, "storage.conf"), join(directory, "containers.conf")];
    writeFileSync(
      storage,
      `[storage]\ndriver = "overlay"\ngraphroot = "${directory}/storage"\nrunroot = "${directory}/run"\n`,
    );
    writeFileSync(
      containers,
      [
        `[containers]`,
        // What this test's user may have, where that is less than Podman's own default.
        `default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]`,
        `[engine]`,
        `cgroup_manager = "cgroupfs"`,
        `events_logger = "file"`,
        `runtime = "tskata"`,
        `runtime_supports_json = ["tskata"]`,
        `tmp_dir = "${directory}/tmp"`,
        `[engine.runtimes]`,
        `tskata = ["${world.runtime}"]`,
        `[network]`,
        `network_backend = "${networkBackend}"`,
        `network_config_dir = "${directory}/networks"`,
        "",
      ].join("\n"),
    );
    this.#environment = {
      CONTAINERS_CONF: containers,
      CONTAINERS_STORAGE_CONF: storage,
      // what Podman 5 has to say of this machine in each command
      PODMAN_IGNORE_CGROUPSV1_WARNING: "true",
    };
  }

  /** Sets one up, with the image. */
  static async start(t: WithTeardown, options: PodmanOptions = {}): Promise<Podman> {
    const { config, networkBackend = "netavark", template = true } = options;
    const world = await EngineWorld.make(t, config);
    const podman = new Podman(world, networkBackend);
    t.teardown(() => podman.#end());
    await shareOutIds(world);
    if (template) await world.ok([world.runtime, "template", "create"]);
    await podman.ok("import", "-c", IMAGE_PATH, "-c", "CMD sh", busyboxArchive(world), IMAGE);
    return podman;
  }

  /** Runs a `podman` command to its end. */
  run(args: readonly string[], options: EngineCommandOptions = {}): Promise<CommandResult> {
    return this.world.run(["podman", ...args], { ...options, env: { ...this.#environment, ...options.env } });
  }

  /** Runs a `podman` command that has to succeed, and returns its output without the last line's end. */
  ok(...args: readonly string[]): Promise<string> {
    return this.world.ok(["podman", ...args], { env: this.#environment });
  }

  /** Runs a `buildah` command on the same images, to its end. */
  buildah(args: readonly string[], options: EngineCommandOptions = {}): Promise<CommandResult> {
    return this.world.run(["buildah", ...args], { ...options, env: { ...this.#environment, ...options.env } });
  }

  /** Starts a `podman` command, with pipes. */
  spawn(...args: readonly string[]): ChildProcess {
    return this.world.spawn(["podman", ...args], this.#environment);
  }

  /** The command line of a `podman` command, for who runs it in a terminal. */
  commandLine(...args: readonly string[]): string[] {
    return this.world.commandLine(["podman", ...args], this.#environment);
  }

  /** A field of `podman inspect`, by its template. */
  inspect(name: string, template: string): Promise<string> {
    return this.ok("inspect", "--format", template, name);
  }

  async #end(): Promise<void> {
    await this.ok("pod", "rm", "--all", "--force", "--time", "0");
    await this.ok("rm", "--all", "--force", "--volumes", "--time", "0");
  }
}

/** tap's `skip` for a test of a network backend: Podman 5 has netavark alone, as Debian builds it. */
export function unlessBackend(backend: NonNullable<PodmanOptions["networkBackend"]>): string | false {
  return unlessVersion("podman", backend === "cni" ? { before: 5 } : {});
}

/** Ids for `--userns=auto`, as an administrator gives them to Podman (subuid(5)). */
async function shareOutIds(world: EngineWorld): Promise<void> {
  const path = join(world.directory, "subids");
  writeFileSync(path, "containers:200000:1000000\n");
  for (const file of ["/etc/subuid", "/etc/subgid"]) await world.ok(["mount", "--bind", path, file]);
}
