import type { RuntimeContext } from "./context.js";
import { interruptible } from "./interruptible.js";
import { launchContainer, type LaunchOptions } from "./launch-container.js";

/** Creates a container whose program `start` will run (runtime.md, "Create"). */
export async function createContainer(
  context: RuntimeContext,
  options: Omit<LaunchOptions, "foreground">,
): Promise<void> {
  const { monitor } = await interruptible(`create ${options.id}`, ({ unlessInterrupted }) =>
    launchContainer(context, { ...options, foreground: false }, unlessInterrupted),
  );
  await monitor.detach();
}
