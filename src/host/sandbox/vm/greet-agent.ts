import type { VirtualMachine } from "../../../../hypervisors/hypervisor.js";
import { withDeadline } from "../../../common/deadline.js";
import { type AgentConnection, openAgent } from "../../../protocol/agent-client.js";
import { PROTOCOL_VERSION } from "../../../protocol/protocol-version.js";
import type { Dialer } from "../../../protocol/transport.js";
import { describeExit } from "./vm-end.js";

/** An agent that answered. */
export interface GreetedAgent extends AgentConnection {
  /** As `HelloResponse` has them. */
  readonly bootMarksMs: Readonly<Record<string, number>>;
}

/**
 * Waits until the guest's agent answers.
 *
 * @param machine its end fails the wait
 * @throws TskataError `deadline`
 */
export async function greetAgent(
  dialer: Dialer,
  machine: VirtualMachine,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<GreetedAgent> {
  return withDeadline(
    "wait for the guest's agent",
    timeoutMs,
    async (deadline) => {
      const died = machine.exited.then((exit) => {
        throw new Error(describeExit(exit));
      });
      const hello = async (): Promise<GreetedAgent> => {
        const connection = await openAgent(dialer, deadline);
        const { bootMarksMs } = await connection.agent.hello(
          { protocolVersion: PROTOCOL_VERSION },
          { signal: deadline },
        );
        return { ...connection, bootMarksMs };
      };
      return Promise.race([hello(), died]);
    },
    signal,
  );
}
