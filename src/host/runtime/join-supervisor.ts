import { TskataError } from "../../common/error.js";
import { ControlClient } from "../sandbox/control-client.js";
import type { ContainerOrder } from "../sandbox/container-order.js";
import { RESIZE_BOTH_WAYS_TIMEOUT_MS } from "../sandbox/resize-vm.js";
import type { ContainerRecord } from "../state/container-record.js";
import { runDirectoryAt } from "../state/run-directory.js";
import type { RuntimeContext } from "./context.js";
import type { CreatingSupervisor } from "./creating-supervisor.js";

/** The supervisor of a VM that runs, which makes one more container. */
export class JoinedSupervisor implements CreatingSupervisor {
  readonly pid: number;
  readonly #client: ControlClient;
  readonly #context: RuntimeContext;
  readonly #controlSocket: string;
  readonly #order: ContainerOrder;
  #monitorPid = 0;
  #asked = false;

  private constructor(
    pid: number,
    client: ControlClient,
    context: RuntimeContext,
    controlSocket: string,
    order: ContainerOrder,
  ) {
    this.pid = pid;
    this.#client = client;
    this.#context = context;
    this.#controlSocket = controlSocket;
    this.#order = order;
  }

  /**
   * @param member a container that lives in the VM
   * @throws TskataError `unavailable` where the VM has ended meanwhile
   */
  static async connect(
    context: RuntimeContext,
    member: ContainerRecord,
    order: ContainerOrder,
  ): Promise<JoinedSupervisor> {
    const { supervisor } = member;
    if (supervisor === undefined) throw new TskataError("internal", `container ${member.id} has no supervisor`);
    const { controlSocket } = runDirectoryAt(member.runDirectory);
    const client = await ControlClient.connect(controlSocket);
    return new JoinedSupervisor(supervisor.pid, client, context, controlSocket, order);
  }

  async adopt(monitorPid: number): Promise<void> {
    this.#monitorPid = monitorPid;
  }

  async finish(): Promise<void> {
    const { config, log } = this.#context;
    const { id } = this.#order.record;
    const timeoutMs = 2 * config.guest.agentTimeoutMs + RESIZE_BOTH_WAYS_TIMEOUT_MS;
    this.#asked = true;
    const { warnings } = await this.#client.call(
      "create",
      { order: this.#order, monitorPid: this.#monitorPid },
      timeoutMs,
    );
    for (const warning of warnings) log.warning(`create ${id}: ${warning}`);
    this.#client.close();
  }

  async abandon(): Promise<void> {
    this.#client.close();
    if (!this.#asked) return;
    this.#asked = false;
    const { id } = this.#order.record;
    try {
      const client = await ControlClient.connect(this.#controlSocket);
      await client.call("destroy", { containerId: id }, this.#context.config.guest.agentTimeoutMs);
      client.close();
    } catch (error) {
      // It undid everything by itself, or went away with everything.
      if (!(error instanceof TskataError) || !["not-found", "unavailable"].includes(error.code)) throw error;
    }
  }
}
