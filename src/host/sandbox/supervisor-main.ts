import { Socket } from "node:net";
import { BOOT_CHANNEL_FD } from "./boot-channel.js";
import { OrderChannel } from "./order-channel.js";
import { supervise } from "./supervise.js";

/**
 * The supervisor: one process per VM, in a mount namespace of its own, from
 * the `create` that starts it until its last container has stopped.
 */
async function main(): Promise<void> {
  const channel = new OrderChannel(new Socket({ fd: BOOT_CHANNEL_FD, readable: true, writable: true }));
  await supervise(channel, {
    opened: (sandbox) => {
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
        process.on(signal, () => sandbox.fail(`the supervisor was ended by ${signal}`));
      }
    },
  });
}

void main().then(() => process.exit());
