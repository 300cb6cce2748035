import type { ClientChannel } from "ssh2";

/** What the library has inside, of which it shows a part: its own signal() does nothing once standard input has ended. */
interface ChannelParts {
  readonly _client: { readonly _protocol: { signal(channel: number, name: string): void } };
  readonly outgoing: { readonly id: number; readonly state: "open" | "eof" | "closing" | "closed" };
}

/** Asks the host to send a signal, such as `TERM`, to a command (RFC 4254, section 6.9); nothing once its channel is closed. */
export function requestSignal(channel: ClientChannel, name: string): void {
  const {
    _client: { _protocol: protocol },
    outgoing: { id, state },
  } = channel as unknown as ChannelParts;
  if (state === "open" || state === "eof") protocol.signal(id, name);
}
