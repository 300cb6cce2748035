import { Pause } from "../container.js";
import type { Sandbox } from "../sandbox.js";

/** Freezes every process of the container. */
export async function pauseContainer(sandbox: Sandbox, containerId: string, signal: AbortSignal): Promise<object> {
  const container = sandbox.container(containerId);
  const live = container.require("pause", "created", "running");
  await sandbox.callAgent(
    `pause ${containerId}`,
    (agent, options) => agent.pauseContainer({ containerId }, options),
    signal,
  );
  if (container.live === live) {
    container.live = { ...live, kind: "paused", pause: new Pause() };
    sandbox.record(container, { status: "paused" });
  }
  return {};
}

/** Lets them go on. */
export async function resumeContainer(sandbox: Sandbox, containerId: string, signal: AbortSignal): Promise<object> {
  const container = sandbox.container(containerId);
  const live = container.require("resume", "paused");
  await sandbox.callAgent(
    `resume ${containerId}`,
    (agent, options) => agent.resumeContainer({ containerId }, options),
    signal,
  );
  if (container.live === live) {
    const { pause, ...held } = live;
    container.live = { ...held, kind: "running" };
    sandbox.record(container, { status: "running" });
    pause.end();
  }
  return {};
}
