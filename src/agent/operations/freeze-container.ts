import type { Sandbox } from "../sandbox/sandbox.js";

/** Freezes every process of a container. */
export async function pauseContainer(sandbox: Sandbox, containerId: string): Promise<void> {
  const container = sandbox.container(containerId);
  const state = container.require("pause", "created", "running");
  await state.cgroup.freeze();
  const { init, cgroup, status } = state;
  if (container.state === state) container.state = { status: "paused", before: status, init, cgroup };
}

/** Lets the processes of a paused container go on. */
export async function resumeContainer(sandbox: Sandbox, containerId: string): Promise<void> {
  const container = sandbox.container(containerId);
  const state = container.require("resume", "paused");
  await state.cgroup.thaw();
  const { init, cgroup, before } = state;
  if (container.state === state) container.state = { status: before, init, cgroup };
}
