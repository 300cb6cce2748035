import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { installedFiles } from "../../../scripts/install/installed-files.js";
import { installFiles } from "../../../scripts/install/installation.js";
import { ForegroundRun } from "../../support/foreground-run.js";
import type { CommandResult } from "../../support/tskata.js";
import { busyboxArchive, IMAGE_PATH } from "./busybox-image.js";
import { type EngineCommandOptions, EngineWorld, type WithTeardown } from "./engine-world.js";
import { OrdinaryUser } from "./ordinary-user.js";

/** The image that every test's Podman has: busybox, with `sh` as its command. */
export const IMAGE = "localhost/busybox:1";

/**
 * The Podman of an ordinary user, in a world of its own, with an installed
 * tskata that nothing configures. At the end of the test its containers, pods and
 * templates are removed, and the process is ended that holds the user's namespaces.
 */
export class RootlessPodman {
  readonly world: EngineWorld;
  readonly user: OrdinaryUser;
  /** Path of the runtime. */
  readonly runtime: string;

  private constructor(user: OrdinaryUser) {
    this.user = user;
    this.world = user.world;
    const prefix = user.world.makeDirectory("usr");
    installFiles(prefix, installedFiles(process.cwd(), prefix, process.execPath));
    this.runtime = join(prefix, "bin/tskata");
  }

  /** Sets one up, with the image and a template. */
  static async start(t: WithTeardown): Promise<RootlessPodman> {
    const world = await EngineWorld.make(t);
    const podman = new RootlessPodman(await OrdinaryUser.make(world));
    t.teardown(() => podman.#end());
    // A conmon waits for whatever was started below it, and so for the end of a template.
    await podman.ok("unshare", podman.runtime, "template", "create");
    await podman.ok("import", "-c", IMAGE_PATH, "-c", "CMD sh", busyboxArchive(world), IMAGE);
    return podman;
  }

  /** Runs a `podman` command to its end. */
  run(args: readonly string[], options: EngineCommandOptions = {}): Promise<CommandResult> {
    return this.user.run(this.#command(args), options);
  }

  /** Runs a `podman` command that has to succeed, and returns its output without the last line's end. */
  ok(...args: readonly string[]): Promise<string> {
    return this.user.ok(this.#command(args));
  }

  /** Starts a `podman` command with which the test talks through pipes. */
  talk(...args: readonly string[]): ForegroundRun {
    return new ForegroundRun({ spawn: (all) => this.user.spawn(this.#command(all)) }, args);
  }

  #command(args: readonly string[]): string[] {
    // Who has no session of systemd's has neither its cgroups nor its journal.
    return ["podman", "--cgroup-manager=cgroupfs", "--events-backend=file", "--runtime", this.runtime, ...args];
  }

  async #end(): Promise<void> {
    await this.ok("pod", "rm", "--all", "--force", "--time", "0");
    await this.ok("rm", "--all", "--force", "--volumes", "--time", "0");
    await this.ok("unshare", this.runtime, "template", "remove", "--all");
    const pidFile = join(this.user.runtimeDirectory, "libpod/tmp/pause.pid");
    if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
  }
}
