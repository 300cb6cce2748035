import type { Duplex } from "node:stream";
import { TskataError } from "../../../src/common/error.js";
import { greetedChannel } from "../../common/greeted-channel.js";
import type { AgentLink } from "./agent-link.js";

/**
 * lkvm's virtio console, which is a terminal on the host: slower than vsock, since lkvm takes one byte at a time from it,
 * but all that it needs is lkvm.
 *
 * @param relay path of our program that is joined with it
 * @throws TskataError `unsupported` where there is none
 */
export function openConsoleLink(relay: string | undefined): AgentLink {
  if (relay === undefined) {
    throw new TskataError(
      "unsupported",
      "reach the VM's agent by a console: the driver was opened without a program for it",
    );
  }
  let channel: Duplex | undefined;
  return {
    kernelParameter: "tskata.agent=hvc0",
    devices: [],
    consoles: { relay, take: (joined) => (channel = joined) },
    chooseCid: async () => undefined,
    isTaken: async () => false,
    open: async (signal) => {
      if (channel === undefined) throw new TskataError("internal", "reach the VM's agent: its console is not joined");
      // lkvm says what it is started with on the same terminal.
      return greetedChannel(channel, { hasPreface: true }, signal);
    },
    close: () => undefined,
  };
}
