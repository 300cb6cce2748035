import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { spawnFailed } from "../common/host-errors.js";
import type { TerminalConsoles } from "./agent-link/agent-link.js";

/** lkvm's terminals as our program has them. */
export interface JoinedConsoles {
  /** Of our program. */
  readonly pid: number;
  /** What the guest's kernel says. */
  readonly log: Readable;
  /** Settles once our program is reaped, with what it complained of. It ends when lkvm has ended and all is read. */
  readonly ended: Promise<string>;
}

/**
 * Joins the terminals of an lkvm that answers, and hands the agent's on.
 *
 * @param pid of an lkvm that was shut in with terminals
 * @throws TskataError `not-found`, `permission` or `resource` where the system refuses
 */
export async function joinConsoles({ relay, take }: TerminalConsoles, pid: number): Promise<JoinedConsoles> {
  const terminals = [0, 1].map((number) => `/proc/${pid}/root/dev/pts/${number}`);
  const child = spawn(relay, terminals, { stdio: ["ignore", "pipe", "pipe", "pipe"], cwd: "/", env: {} });
  const complaints = text(child.stderr as Readable);
  const ended = new Promise<string>((resolve) => child.once("exit", () => resolve(complaints)));
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw spawnFailed(relay, cause);
  }
  // The VM's end is what counts, and the driver tells of it.
  take((child.stdio[3] as Duplex).on("error", () => undefined));
  return { pid: child.pid ?? 0, log: child.stdout as Readable, ended };
}
