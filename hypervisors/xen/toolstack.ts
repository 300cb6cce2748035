import { text } from "node:stream/consumers";
import { withDeadline } from "../../src/common/deadline.js";
import { TskataError } from "../../src/common/error.js";
import { programFailed, toolstackHangs } from "./errors.js";
import { findProgram, startProgram } from "./program.js";

/** How a command is run. */
export interface CommandRun {
  readonly signal?: AbortSignal | undefined;
  /** Default: the toolstack's. */
  readonly timeoutMs?: number;
  /** Beside PATH. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Xen's programs, which talk to xenstored and to Xen itself. */
export class Toolstack {
  readonly #xl: string;
  readonly #timeoutMs: number;

  private constructor(xl: string, timeoutMs: number) {
    this.#xl = xl;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws TskataError `not-found` where there is no xl */
  static async find(settings: { readonly xl: string; readonly commandTimeoutMs: number }): Promise<Toolstack> {
    return new Toolstack(await findProgram(settings.xl), settings.commandTimeoutMs);
  }

  /** Program and arguments of an xl(1) command. */
  command(...args: readonly string[]): string[] {
    return [this.#xl, ...args];
  }

  /**
   * Runs an xl(1) command to its end.
   *
   * @param what what is asked for, for errors
   * @returns its standard output
   * @throws TskataError `unavailable` where it fails, with what it says; `deadline`; the signal's reason
   */
  xl(what: string, args: readonly string[], run: CommandRun = {}): Promise<string> {
    return this.#run(what, this.command(...args), run);
  }

  /** Runs one of xenstore(1)'s programs: `read`, `write`, `list`. Throws as `xl`. */
  async xenstore(what: string, [verb, ...args]: readonly [string, ...string[]], run: CommandRun = {}): Promise<string> {
    return this.#run(what, [await findProgram(`xenstore-${verb}`), ...args], run);
  }

  async #run(what: string, command: readonly string[], run: CommandRun): Promise<string> {
    const { signal, timeoutMs = this.#timeoutMs, environment = {} } = run;
    signal?.throwIfAborted();
    const program = await startProgram(command, { environment });
    const end = (): boolean => program.child.kill("SIGKILL");
    try {
      const work = async (): Promise<string> => {
        const [output, exit] = await Promise.all([text(program.stdout), program.exited]);
        if (exit.exitCode !== 0) throw programFailed(what, exit);
        return output;
      };
      return await withDeadline(what, timeoutMs, work, signal);
    } catch (error) {
      end();
      throw error instanceof TskataError && error.code === "deadline" ? toolstackHangs(error) : error;
    }
  }
}
