import type { RuntimeName } from "../figure.js";

/** A runtime that is measured. Each call takes one command, and gives its milliseconds from start to end. */
export interface BenchRuntime {
  readonly name: RuntimeName;
  /** In the arguments or the environment of its processes, and of no others, where its bundles have it too. */
  readonly marker: string;
  /** An id that no container of this runtime has had. */
  newId(): string;
  /** Runs a container in the foreground to its end, and removes it. */
  run(bundle: string): Promise<number>;
  /** Makes a container that `start` runs. */
  create(bundle: string, id: string): Promise<number>;
  /** Runs a container that was made. */
  start(id: string): Promise<number>;
  /** Runs a program in a container. */
  exec(id: string, args: readonly string[], input?: Buffer): Promise<number>;
  /** Asks for a container's state. */
  state(id: string): Promise<number>;
  /** Ends and removes a container. */
  delete(id: string): Promise<number>;
  /** Settles when nothing goes on any more that its last command set off. */
  settled(): Promise<void>;
  /** Deletes the containers that are left, and ends what it has going besides. */
  close(): Promise<void>;
}
