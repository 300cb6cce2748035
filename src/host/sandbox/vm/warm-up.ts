import type { AgentClient } from "../../../protocol/agent-client.js";
import { playContainer, removeRehearsed } from "../../../protocol/rehearsal.js";
import type { Dialer } from "../../../protocol/transport.js";

/** In the image itself, which is the root of the container that is played. */
const CONTAINER = {
  rootfsPath: "/",
  args: ["/usr/bin/sh", "-c", "read line"],
  settings: { hostname: "template" },
};

/**
 * Has a guest that is to become a template do all that a container takes, once:
 * clones find files read, code compiled and memory laid out.
 */
export async function warmUp(agent: AgentClient, dialer: Dialer): Promise<void> {
  await playContainer(agent, dialer, CONTAINER);
  await removeRehearsed(agent);
}
