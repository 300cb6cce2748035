import type { Duplex } from "node:stream";
import { TskataError } from "../../common/error.js";
import { StreamHeader_Kind } from "../../protocol/gen/agent_pb.js";
import { readStreamHeader } from "../../protocol/stream-header.js";
import type { GuestProcess } from "../container/guest-process.js";
import type { StreamName } from "../container/process-streams.js";
import type { Sandbox } from "../sandbox/sandbox.js";
import { serveConsole } from "./console.js";

const NAMES: ReadonlyMap<StreamHeader_Kind, StreamName> = new Map([
  [StreamHeader_Kind.STDIN, "stdin"],
  [StreamHeader_Kind.STDOUT, "stdout"],
  [StreamHeader_Kind.STDERR, "stderr"],
  [StreamHeader_Kind.TERMINAL, "terminal"],
  [StreamHeader_Kind.SECCOMP, "seccomp"],
]);

/**
 * Joins a stream of the host with what its header names, now or when that is there. A stream that can't
 * be joined is destroyed, which the host sees as its end.
 *
 * @param consoleAllowed whether the guest was booted with its debug console
 * @param log hears why a stream was refused
 */
export async function attachStream(
  sandbox: Sandbox,
  stream: Duplex,
  consoleAllowed: boolean,
  log: (line: string) => void,
): Promise<void> {
  try {
    const { kind, process, fd } = await readStreamHeader(stream);
    if (kind === StreamHeader_Kind.CONSOLE) {
      if (!consoleAllowed) throw new TskataError("permission", "this guest was booted without a debug console");
      serveConsole(stream);
      return;
    }
    if (kind === StreamHeader_Kind.NAMES) {
      (await sandbox.nameServer()).join(stream);
      return;
    }
    const name = kind === StreamHeader_Kind.PRESERVED_FD ? (`fd${fd}` as const) : NAMES.get(kind);
    if (name === undefined || process === undefined) {
      throw new TskataError("invalid-argument", `a stream's header names no stream of a process (kind ${kind})`);
    }
    const launched = sandbox.find(process);
    if (launched !== undefined) launched.attach(name, stream);
    else sandbox.early.add(process, stream, (later) => attachEarly(later, name, stream, log));
  } catch (error) {
    refuse(stream, error, log);
  }
}

function attachEarly(process: GuestProcess, name: StreamName, stream: Duplex, log: (line: string) => void): void {
  try {
    process.attach(name, stream);
  } catch (error) {
    refuse(stream, error, log);
  }
}

function refuse(stream: Duplex, error: unknown, log: (line: string) => void): void {
  stream.destroy();
  log(error instanceof Error ? error.message : String(error));
}
