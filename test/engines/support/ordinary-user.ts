import type { ChildProcess } from "node:child_process";
import { chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { CommandResult } from "../../support/tskata.js";
import type { EngineCommandOptions, EngineWorld } from "./engine-world.js";

/** Ids that nobody else has: the user's, and those below the user. */
const ID = 60_711;
const SUBORDINATE_IDS = { first: 700_000, count: 65_536 };
const NAME = "ordinary";

/**
 * An ordinary user with subordinate ids, who is known in an engine's world
 * alone, and may open /dev/net/tun there, as on a machine with udev.
 */
export class OrdinaryUser {
  readonly id = ID;
  readonly world: EngineWorld;
  /** The user's own. */
  readonly home: string;
  /** `XDG_RUNTIME_DIR`. */
  readonly runtimeDirectory: string;

  private constructor(world: EngineWorld) {
    this.world = world;
    this.home = join(world.directory, "home");
    // slirp4netns takes a socket below it whose name has 64 characters
    this.runtimeDirectory = join(world.directory, "r");
  }

  /** Makes the user, with an empty home and an empty runtime directory. */
  static async make(world: EngineWorld): Promise<OrdinaryUser> {
    const user = new OrdinaryUser(world);
    for (const path of [user.home, user.runtimeDirectory]) {
      mkdirSync(path, { mode: 0o700 });
      chownSync(path, ID, ID);
    }
    const subordinate = `${NAME}:${SUBORDINATE_IDS.first}:${SUBORDINATE_IDS.count}\n`;
    await user.#know("/etc/passwd", (text) => `${text}${NAME}:x:${ID}:${ID}::${user.home}:/bin/sh\n`);
    await user.#know("/etc/group", (text) => `${text}${NAME}:x:${ID}:\n`);
    for (const file of ["/etc/subuid", "/etc/subgid"]) await user.#know(file, () => subordinate);
    await user.#openTun();
    return user;
  }

  /** Makes a directory of the user's own, at most two levels below the home. */
  makeDirectory(name: string): string {
    const path = join(this.home, name);
    for (const made of [dirname(path), path].filter((each) => !existsSync(each))) {
      mkdirSync(made);
      chownSync(made, ID, ID);
    }
    return path;
  }

  /** Starts a command as the user, with pipes. */
  spawn(command: readonly string[], env: EngineCommandOptions["env"] = {}): ChildProcess {
    return this.world.spawn(this.#asUser(command), { ...this.#environment(), ...env });
  }

  /** Runs a command as the user, to its end. */
  run(command: readonly string[], options: EngineCommandOptions = {}): Promise<CommandResult> {
    return this.world.run(this.#asUser(command), { ...options, env: { ...this.#environment(), ...options.env } });
  }

  /** Runs a command as the user that has to succeed, and returns its output without the last line's end. */
  async ok(command: readonly string[], options: EngineCommandOptions = {}): Promise<string> {
    return this.world.ok(this.#asUser(command), { ...options, env: { ...this.#environment(), ...options.env } });
  }

  #asUser(command: readonly string[]): string[] {
    return ["setpriv", `--reuid=${ID}`, `--regid=${ID}`, "--clear-groups", "--", ...command];
  }

  #environment(): Record<string, string> {
    return { HOME: this.home, USER: NAME, XDG_RUNTIME_DIR: this.runtimeDirectory };
  }

  /** Puts a changed copy of a file of the machine's in its place, in this world. */
  async #know(file: string, change: (text: string) => string): Promise<void> {
    const copy = join(this.world.directory, basename(file));
    copyFileSync(file, copy);
    writeFileSync(copy, change(readFileSync(file, "utf8")));
    await this.world.ok(["mount", "--bind", copy, file]);
  }

  async #openTun(): Promise<void> {
    const devices = this.world.makeDirectory("devices");
    const tun = join(devices, "tun");
    await this.world.ok(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", devices]);
    await this.world.ok(["mknod", "--mode=666", tun, "c", "10", "200"]);
    await this.world.ok(["mount", "--bind", tun, "/dev/net/tun"]);
  }
}
