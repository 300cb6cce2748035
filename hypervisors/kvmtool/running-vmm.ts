import { pipeline } from "node:stream";
import { logConsole } from "../common/console-log.js";
import type { ProcessExit } from "../common/process-exit.js";
import { haltDetector } from "./halt-detector.js";
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
  /** Settles once it is reaped and its console is written. Never rejects. */
  readonly ended: Promise<VmmEnd>;
}

/** What an lkvm is started with. */
export interface VmmStart {
  readonly command: readonly string[];
  /** As lkvm sees it. */
  readonly home: string;
  readonly consoleLogPath: string;
  readonly debugLog: (line: string) => void;
}

/**
 * Starts an lkvm, which is ended when its guest halts.
 *
 * @throws as `LkvmProcess.start`
 */
export async function startVmm({ command, home, consoleLogPath, debugLog }: VmmStart): Promise<RunningVmm> {
  const process = await LkvmProcess.start(command, home);
  let isHalted = false;
  const detector = haltDetector(() => {
    isHalted = true;
    // Whoever waits for its end hears of it.
    process.kill().catch((error: unknown) => debugLog(String(error)));
  });
  // That a console breaks says nothing: the end of the process does.
  const console = pipeline(process.console, detector, () => undefined);
  const logged = logConsole(console, consoleLogPath).then((failure) => {
    if (failure !== undefined) debugLog(`the console is no longer logged: ${failure.message}`);
  });
  const ended = process.exited.then(async (exit) => {
    await logged;
    return { isHalted, process: exit };
  });
  return { process, ended };
}
