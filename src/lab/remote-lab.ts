import { text } from "node:stream/consumers";
import type { ReportProgress } from "../common/artifacts/progress.js";
import { CleanupStack } from "../common/cleanup-stack.js";
import { withDeadline } from "../common/deadline.js";
import { TskataError } from "../common/error.js";
import type { LabKit } from "./kit.js";
import { rootPrefix } from "./root-prefix.js";
import { requireNode } from "./require-node.js";
import type { SshConnection } from "./ssh/connection.js";
import { quoteWord } from "./ssh/quote.js";
import type { RemoteProcess } from "./ssh/remote-process.js";
import { sendTree } from "./ssh/send-tree.js";

/** What a host says of itself, and of the rows. */
export interface HostOffer {
  readonly facts: Readonly<Record<string, string>>;
  readonly rows: readonly OfferedRow[];
}

/** A row, as a host has it. */
export interface OfferedRow {
  readonly name: string;
  /** Groups of tests that it has. */
  readonly groups: readonly string[];
  /** Why it can't be run there; absent where it can. */
  readonly lack?: string;
}

/** How a host is used. */
export interface RemoteLabOptions {
  /** By how much slower than an ordinary machine it may be. */
  readonly patience: number;
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/** Milliseconds between signs of life for the host's keeper, which gives up after 90 s. */
const LIFE_MS = 15_000;
/** For what the keeper ends and removes. */
const CLEANUP_TIMEOUT_MS = 180_000;
const LONGEST_ROW_S = 3 * 3600;
const MAKE_DIRECTORY = "mktemp -d -t tskata-lab.XXXXXXXX";

/**
 * tskata and its suite in a directory of their own on a host. A process there, the keeper, ends what runs and removes
 * the directory when it is closed, or when the connection is lost.
 */
export class RemoteLab {
  readonly #connection: SshConnection;
  readonly #directory: string;
  readonly #suite: string;
  readonly #keeper: RemoteProcess;
  readonly #keeperErrors: Promise<string>;
  readonly #life: NodeJS.Timeout;

  private constructor(connection: SshConnection, directory: string, suite: string) {
    this.#connection = connection;
    this.#directory = directory;
    this.#suite = suite;
    this.#keeper = connection.start(`${suite} keep ${quoteWord(directory)}`);
    // whoever closes the lab is told
    this.#keeper.exited.catch(() => undefined);
    this.#keeperErrors = text(this.#keeper.stderr);
    this.#keeperErrors.catch(() => undefined);
    this.#keeper.stdin.on("error", () => undefined);
    this.#life = setInterval(() => this.#keeper.stdin.write("\n"), LIFE_MS);
  }

  /**
   * Brings everything to a host.
   *
   * @throws TskataError `not-found` where Node is missing or too old there, `permission` where the user isn't root and
   *   can't become it, `resource` where the disk is full, `unavailable` where the connection is lost
   */
  static async open(
    connection: SshConnection,
    kit: LabKit,
    { patience, report, signal }: RemoteLabOptions,
  ): Promise<RemoteLab> {
    const become = await rootPrefix(connection, signal);
    await requireNode(connection, become, signal);
    const made = await connection.run(MAKE_DIRECTORY, { signal });
    const directory = made.stdout.trim();
    if (made.status !== 0 || directory === "") throw refused(connection, "make a directory", made.stderr);
    const undo = new CleanupStack();
    undo.defer("remove the lab's directory there", async () => {
      await connection.run(`${become}rm -rf ${quoteWord(directory)}`);
    });
    try {
      const onProgress = (bytes: number, ofBytes: number): void =>
        report({ stage: `send tskata to ${connection.name}`, fraction: Math.min(1, bytes / ofBytes) });
      await sendTree(connection, { ...kit, directory, onProgress, signal });
      // the VMM is another user, who has to pass through
      const open = `${become}mkdir -m 711 tmp && ${become}chmod 711 .`;
      const opened = await connection.run(`cd ${quoteWord(directory)} && ${open}`, { signal });
      if (opened.status !== 0) throw refused(connection, "lay out the lab", opened.stderr);
      return new RemoteLab(connection, directory, suiteCommand(become, directory, kit, patience));
    } catch (error) {
      throw await undo.unwind(error);
    }
  }

  /** What the host is, and which rows it has. */
  async offer(signal: AbortSignal): Promise<HostOffer> {
    const { status, stdout, stderr } = await this.#connection.run(`${this.#suite} facts`, { signal });
    if (status !== 0) throw refused(this.#connection, "look at the host", stderr);
    return JSON.parse(stdout) as HostOffer;
  }

  /** Tests a row; its outcome is TAP on the process's standard output. */
  start(row: string, groups: readonly string[], signal: AbortSignal): RemoteProcess {
    const args = [row, groups.join(",")].map(quoteWord).join(" ");
    return this.#connection.start(`${this.#suite} row ${args}`, { signal });
  }

  /**
   * Ends whatever runs there and removes the directory; settles when that is done.
   *
   * @throws TskataError `internal` where something is left, `unavailable` where the connection is lost: the keeper does
   *   the same then, unseen
   */
  async close(): Promise<void> {
    clearInterval(this.#life);
    this.#keeper.stdin.end();
    await withDeadline(`clean up ${this.#connection.name}`, CLEANUP_TIMEOUT_MS, () => this.#keeper.exited);
    const left = await this.#connection.run(`test ! -e ${quoteWord(this.#directory)}`);
    if (left.status === 0) return;
    const errors = (await this.#keeperErrors).trim();
    throw new TskataError("internal", `${this.#connection.name}: ${this.#directory} is still there: ${errors}`);
  }
}

/** Runs the suite there, up to its own command. */
function suiteCommand(become: string, directory: string, { lkvm }: LabKit, patience: number): string {
  const environment = {
    TSKATA_LAB: directory,
    ...(lkvm === undefined ? {} : { TSKATA_LKVM: `${directory}/${lkvm}` }),
    TSKATA_TEST_BUSYBOX: `${directory}/dist/lab/busybox`,
    TSKATA_TEST_PATIENCE: String(patience),
    TMPDIR: `${directory}/tmp`,
    TAP_TIMEOUT: String(LONGEST_ROW_S),
    FORCE_COLOR: "0",
  };
  const variables = Object.entries(environment).map(([name, value]) => quoteWord(`${name}=${value}`));
  return `${become}env ${variables.join(" ")} node ${quoteWord(`${directory}/dist/lab/suite.mjs`)}`;
}

function refused(connection: SshConnection, what: string, stderr: string): TskataError {
  const reason = stderr.trim() === "" ? "no reason was given" : stderr.trim();
  return new TskataError("unavailable", `${connection.name}: ${what}: ${reason}`);
}
