import { basename } from "node:path";
import type { RuntimeName } from "../figure.js";
import type { BenchRuntime } from "./bench-runtime.js";
import { type TimedCommand, timedCommand, type TimedOptions } from "./timed-command.js";

/** What a runtime with runc's command line is. */
export interface CommandRuntimeOptions extends TimedCommand {
  readonly name: RuntimeName;
  readonly marker: string;
}

/** A runtime that answers to runc's command line. */
export class CommandRuntime implements BenchRuntime {
  readonly name: RuntimeName;
  readonly marker: string;
  /** What all its containers' ids begin with, and no others. */
  readonly idPrefix: string;
  protected readonly command: TimedCommand;
  readonly #containers = new Set<string>();
  #count = 0;

  constructor({ name, marker, ...command }: CommandRuntimeOptions) {
    this.name = name;
    this.marker = marker;
    this.idPrefix = `bench-${process.pid}-${basename(marker)}-`;
    this.command = command;
  }

  newId(): string {
    this.#count += 1;
    return `${this.idPrefix}${this.#count}`;
  }

  run(bundle: string): Promise<number> {
    return this.time(["run", "--bundle", bundle, this.newId()]);
  }

  create(bundle: string, id: string): Promise<number> {
    this.#containers.add(id);
    return this.time(["create", "--bundle", bundle, id]);
  }

  start(id: string): Promise<number> {
    return this.time(["start", id]);
  }

  exec(id: string, args: readonly string[], input?: Buffer): Promise<number> {
    return this.time(["exec", id, ...args], input === undefined ? {} : { input });
  }

  state(id: string): Promise<number> {
    return this.time(["state", id]);
  }

  async delete(id: string): Promise<number> {
    const durationMs = await this.time(["delete", "--force", id]);
    this.#containers.delete(id);
    return durationMs;
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    for (const id of this.#containers) await this.delete(id);
  }

  /** Any command of its command line. */
  time(args: readonly string[], options?: TimedOptions): Promise<number> {
    return timedCommand(this.command, args, options);
  }
}
