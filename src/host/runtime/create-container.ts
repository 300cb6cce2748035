import type { RuntimeContext } from "./context.js";
import { launchContainer, type LaunchOptions } from "./launch-container.js";

/** Creates a container whose program `start` will run (runtime.md, "Create"). */
export async function createContainer(
  context: RuntimeContext,
  options: Omit<LaunchOptions, "foreground">,
): Promise<void> {
  const { monitor } = await launchContainer(context, { ...options, foreground: false });
  monitor.detach();
}
