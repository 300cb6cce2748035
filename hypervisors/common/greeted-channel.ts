import { once } from "node:events";
import type { Duplex } from "node:stream";
import { unlessAborted } from "../../src/common/deadline.js";
import { TskataError } from "../../src/common/error.js";

/** What the guest sends once its terminal passes every byte: CONSOLE_GREETING of src/agent/launcher/init. */
export const GREETING = Buffer.from("tskata:agent\n");
/** How much may come before, where anything may. */
const PREFACE_BYTES = 64 * 1024;

/** How a console begins. */
export interface GreetedConsole {
  /** Whether others than the guest may say something on it before the guest does. Default false. */
  readonly hasPreface?: boolean;
}

/**
 * Waits for the greeting of a guest on a console, and gives the channel from there on.
 *
 * @throws TskataError `unavailable` where the channel ends before, or begins otherwise; the signal's reason
 */
export async function greetedChannel(
  channel: Duplex,
  { hasPreface = false }: GreetedConsole = {},
  signal?: AbortSignal,
): Promise<Duplex> {
  const most = GREETING.length + (hasPreface ? PREFACE_BYTES : 0);
  let begun = Buffer.alloc(0);
  const end = (): number => {
    const at = begun.indexOf(GREETING);
    return at === -1 ? -1 : at + GREETING.length;
  };
  const greeted = async (): Promise<void> => {
    while (end() === -1 && begun.length < most) {
      const chunk = channel.read() as Buffer | null;
      if (chunk !== null) begun = Buffer.concat([begun, chunk]);
      else if (channel.readableEnded || channel.destroyed) throw noGreeting(begun);
      else await Promise.race([once(channel, "readable"), once(channel, "close")]);
    }
  };
  await (signal === undefined ? greeted() : unlessAborted(greeted(), signal));
  if (end() === -1 || end() > most) throw noGreeting(begun);
  if (end() < begun.length) channel.unshift(begun.subarray(end()));
  return channel;
}

function noGreeting(begun: Buffer): TskataError {
  const found =
    begun.length === 0
      ? "it ended without a word"
      : `it began with ${JSON.stringify(begun.toString("latin1").slice(0, 40))}`;
  return new TskataError("unavailable", `the agent's channel is not the guest's agent: ${found}`);
}
