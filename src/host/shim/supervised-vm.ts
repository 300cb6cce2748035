import { duplexPair } from "node:stream";
import type { LogSink } from "../../common/log.js";
import { TskataError } from "../../common/error.js";
import type { CgroupPlace } from "../cgroup/cgroup-place.js";
import { readHierarchies } from "../cgroup/hierarchies.js";
import { moveInto } from "../cgroup/move-into.js";
import type { OwnVm } from "../runtime/own-vm.js";
import { StartingSupervisor } from "../runtime/start-supervisor.js";
import type { PrepareOrder } from "../sandbox/boot-channel.js";
import { OrderChannel } from "../sandbox/order-channel.js";
import type { Sandbox } from "../sandbox/sandbox.js";
import type { StdioServer } from "../sandbox/stdio-server.js";
import { supervise } from "../sandbox/supervise.js";
import type { RunDirectory } from "../state/run-directory.js";

/** The VM of a shim, which is its supervisor. */
export class SupervisedVm implements OwnVm {
  readonly #log: LogSink;
  /** Where the shim was before. */
  readonly #origin = readHierarchies();
  readonly #ending: () => Promise<void>;
  #ended: Promise<void> | undefined;
  #stdio: StdioServer | undefined;
  #sandbox: Sandbox | undefined;
  /** Why it is to end. */
  #endReason: string | undefined;
  #isOver = false;

  /** @param ending is waited for when the last container has stopped, before the VM is ended */
  constructor(log: LogSink, ending: () => Promise<void>) {
    this.#log = log;
    this.#ending = ending;
  }

  /**
   * Where the streams of processes are offered.
   *
   * @throws TskataError `unavailable` where there is no VM, or none any more
   */
  get stdio(): StdioServer {
    if (this.#stdio === undefined || this.#isOver) throw new TskataError("unavailable", "the VM has ended");
    return this.#stdio;
  }

  async start(directory: RunDirectory, preparation: PrepareOrder, place: CgroupPlace): Promise<StartingSupervisor> {
    if (this.#ended !== undefined && !this.#isOver) {
      throw new TskataError(
        "failed-precondition",
        "this shim has a VM already, and the container joins none of its containers",
      );
    }
    await moveInto(place, [process.pid], this.#log);
    const [ours, theirs] = duplexPair();
    ours.once("close", () => theirs.destroy());
    // What was written is still read.
    theirs.once("close", () => ours.push(null));
    this.#isOver = false;
    this.#ended = supervise(new OrderChannel(theirs), {
      listening: (stdio) => {
        this.#stdio = stdio;
      },
      opened: (sandbox) => {
        this.#sandbox = sandbox;
        if (this.#endReason !== undefined) sandbox.fail(this.#endReason);
      },
      ending: this.#ending,
      sandboxLog: (line) => this.#log.warning(line),
    }).then(
      () => this.#leave(),
      () => this.#leave(),
    );
    return StartingSupervisor.within(ours, this.#ended, { directory, preparation }, this.#log);
  }

  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Ends the VM and all in it; settles when nothing is left. */
  async end(reason: string): Promise<void> {
    // One that is being made comes to its end when it is.
    this.#endReason = reason;
    this.#sandbox?.fail(reason);
    await this.#ended;
  }

  async #leave(): Promise<void> {
    this.#sandbox = undefined;
    await moveInto(this.#origin, [process.pid], this.#log);
    this.#isOver = true;
  }
}
