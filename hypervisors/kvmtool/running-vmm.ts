import { pipeline, type Readable } from "node:stream";
import { logConsole } from "../common/console-log.js";
import type { ProcessExit } from "../common/process-exit.js";
import type { TerminalConsoles } from "./agent-link/agent-link.js";
import { haltDetector } from "./halt-detector.js";
import { type JoinedConsoles, joinConsoles } from "./join-consoles.js";
import { LkvmProcess } from "./lkvm-process.js";

/** How an lkvm ended. */
export interface VmmEnd {
  /** The guest's kernel said that it has halted. */
  readonly isHalted: boolean;
  readonly process: ProcessExit;
}

/** An lkvm, and what keeps its console. */
export interface RunningVmm {
  readonly process: LkvmProcess;
  /** Where its consoles are terminals. */
  readonly consoles: JoinedConsoles | undefined;
  /** Settles once it is reaped and its console is written. Never rejects. */
  readonly ended: Promise<VmmEnd>;
}

/** What an lkvm is started with. */
export interface VmmStart {
  readonly command: readonly string[];
  /** As lkvm sees it. */
  readonly home: string;
  /** Of its control socket. */
  readonly socketPath: string;
  /** How long it may take to answer there, in milliseconds. */
  readonly timeoutMs: number;
  /** Where its consoles are to be terminals. */
  readonly consoles: TerminalConsoles | undefined;
  readonly consoleLogPath: string;
  readonly debugLog: (line: string) => void;
}

/**
 * Starts an lkvm up to where KVM, memory and kernel are there. It is ended when its guest halts, and where its consoles
 * can't be read any more.
 *
 * @throws as `LkvmProcess.start`, `LkvmProcess.answers` and `joinConsoles`; nothing of it runs then
 */
export async function startVmm(start: VmmStart, signal?: AbortSignal): Promise<RunningVmm> {
  const { command, home, socketPath, timeoutMs, debugLog } = start;
  const process = await LkvmProcess.start(command, home);
  // Whoever waits for its end hears of it.
  const kill = (): void => void process.kill().catch((error: unknown) => debugLog(String(error)));
  let isHalted = false;
  const keep = async (console: Readable): Promise<void> => {
    const detector = haltDetector(() => {
      isHalted = true;
      kill();
    });
    // That a console breaks says nothing: the end of the process does.
    const watched = pipeline(console, detector, () => undefined);
    const failure = await logConsole(watched, start.consoleLogPath);
    if (failure !== undefined) debugLog(`the console is no longer logged: ${failure.message}`);
  };
  const kept = [keep(process.console)];
  const end = async (): Promise<VmmEnd> => {
    const exit = await process.exited;
    await Promise.all(kept);
    return { isHalted, process: exit };
  };
  try {
    await process.answers(socketPath, timeoutMs, signal);
    const consoles = start.consoles && (await joinConsoles(start.consoles, process.pid));
    if (consoles !== undefined) {
      kept.push(keep(consoles.log));
      void consoles.ended.then((complaints) => {
        if (complaints !== "") debugLog(complaints.trim());
        kill();
      });
    }
    return { process, consoles, ended: end() };
  } catch (error) {
    await process.kill();
    await end();
    throw error;
  }
}
