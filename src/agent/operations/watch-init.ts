import type { Cgroup } from "../cgroup/cgroup.js";
import type { Container } from "../container/container.js";
import type { GuestProcess } from "../container/guest-process.js";

/**
 * Waits for the end of init, and ends whatever else the container has then: the
 * processes that were left (the kernel ends them only in a pid namespace of
 * their own) and those that `exec` started.
 *
 * @returns settles when nothing of it is left
 */
export async function watchInit(container: Container, init: GuestProcess, cgroup: Cgroup): Promise<void> {
  const exitStatus = await init.exited;
  const oomKilled = cgroup.oomKills() > 0;
  try {
    await cgroup.kill();
    await Promise.all([...container.executed.values()].map(({ exited }) => exited));
  } finally {
    container.state = { status: "stopped", init, cgroup, exitStatus, oomKilled };
  }
}
