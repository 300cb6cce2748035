import type { Duplex } from "node:stream";

/** Consoles of lkvm's that are terminals, one of which is the way to the agent. */
export interface TerminalConsoles {
  /** Path of our program that is joined with them. */
  readonly relay: string;
  /** Takes the agent's, once it is joined. */
  readonly take: (channel: Duplex) => void;
}

/** The way from one VM to its agent. It outlives an lkvm that must be started anew. */
export interface AgentLink {
  /** What the guest's init is told of it (`src/agent/launcher/init/port.h`). */
  readonly kernelParameter: string;
  /** Device files that lkvm opens for it. */
  readonly devices: readonly string[];
  /** Where it goes by a console; otherwise lkvm has one only, for the guest's kernel, on its standard output. */
  readonly consoles?: TerminalConsoles;
  /**
   * The CID that lkvm is to be started with, another one at each call; undefined for none.
   *
   * @throws TskataError `unavailable` where this host lacks what it takes
   */
  chooseCid(): Promise<number | undefined>;
  /** Whether an lkvm that ended could not have what it was told, because somebody else has it. Never rejects. */
  isTaken(): Promise<boolean>;
  /**
   * The channel, once.
   *
   * @throws the signal's reason
   */
  open(signal?: AbortSignal): Promise<Duplex>;
  /** Lets go of what is held for it, but not of the channel. Safe to call twice. */
  close(): void;
}
