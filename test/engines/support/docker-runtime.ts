import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import { withDeadline } from "../../../src/common/deadline.js";
import type { ContainerRecord } from "../../../src/host/state/container-record.js";
import { appears, vanishes } from "../../support/appears.js";
import type { Docker } from "./docker.js";

const DEADLINE_MS = 60_000;

/** What the runtime knows of a Docker's containers. */
export class DockerRuntime {
  /** The runtime's --root, as Docker passes it. */
  readonly root: string;
  readonly #docker: Docker;

  constructor(docker: Docker) {
    this.#docker = docker;
    this.root = join(docker.directory, "exec/runtime-runc/moby");
  }

  /** Ids and states by `list`, in the order of ids. */
  async list(): Promise<{ id: string; status: string }[]> {
    const text = await this.#docker.world.ok([
      this.#docker.world.runtime,
      "--root",
      this.root,
      "list",
      "--format",
      "json",
    ]);
    const listed = JSON.parse(text) as { id: string; status: string }[];
    return listed.map(({ id, status }) => ({ id, status })).toSorted((a, b) => a.id.localeCompare(b.id));
  }

  /** The record that it keeps of a container. */
  record(id: string): ContainerRecord {
    return JSON.parse(readFileSync(join(this.root, id, "state.json"), "utf8")) as ContainerRecord;
  }

  /** Waits until it has begun to make a container. */
  async begins(id: string): Promise<void> {
    await withDeadline(`the record of ${id}`, DEADLINE_MS, async (signal) => {
      await appears(this.root, id, signal);
      await appears(join(this.root, id), "state.json", signal);
    });
  }

  /** Waits until it has no such container any more, and containerd no task of it. */
  async forgets(id: string): Promise<void> {
    for (const directory of [this.root, this.#docker.containerd.dockerTasks]) {
      await withDeadline(`the end of ${id} in ${directory}`, DEADLINE_MS, (signal) => vanishes(directory, id, signal));
    }
  }

  /** Asserts that it knows the containers that Docker says are running, as running, and no other; and has no VM too many. */
  async agrees(t: Test): Promise<void> {
    const ids = (await this.#running()).toSorted();
    t.same(
      await this.list(),
      ids.map((id) => ({ id, status: "running" })),
      "the runtime has what Docker has",
    );
    t.equal(readdirSync(this.#docker.world.runDirectory).length, ids.length, "and a VM for each");
  }

  /** What runs by `inspect`: the list of `ps` may still have what has just ended. */
  async #running(): Promise<string[]> {
    const ids = (await this.#docker.ok("ps", "--all", "--quiet", "--no-trunc")).split("\n").filter(Boolean);
    if (ids.length === 0) return [];
    const states = await this.#docker.ok("inspect", "--format", "{{.Id}} {{.State.Running}}", ...ids);
    return states.split("\n").flatMap((line) => (line.endsWith(" true") ? [line.split(" ")[0] ?? ""] : []));
  }
}
