import type { Duplex } from "node:stream";
import type { VirtualMachine } from "../../../../hypervisors/hypervisor.js";
import { withDeadline } from "../../../common/deadline.js";
import { TskataError } from "../../../common/error.js";
import { type AgentConnection, openAgent } from "../../../protocol/agent-client.js";
import { PROTOCOL_VERSION } from "../../../protocol/protocol-version.js";
import type { Dialer } from "../../../protocol/transport.js";
import { type GuestClock, readGuestClock } from "../guest-clock.js";
import { describeExit } from "./vm-end.js";

/** An agent that answered. */
export interface GreetedAgent extends AgentConnection {
  /** As `HelloResponse` has them. */
  readonly bootMarksMs: Readonly<Record<string, number>>;
}

/** Whose agent is waited for. */
export interface AwaitedVm {
  readonly dialer: Dialer;
  /** Its end fails the wait. */
  readonly machine: VirtualMachine;
  readonly timeoutMs: number;
}

/** An agent that answered, and the time by its guest's clock. */
export interface ReachedAgent extends AgentConnection {
  readonly clock: GuestClock;
}

/**
 * Opens the channel to a guest's agent.
 *
 * @throws as `reachAgent`
 */
export function agentChannel(vm: Omit<AwaitedVm, "dialer">, signal: AbortSignal): Promise<Duplex> {
  return untilItEnds(vm, (deadline) => vm.machine.openAgentChannel(deadline), signal);
}

/**
 * Waits until a guest's agent says what its clock shows.
 *
 * @throws TskataError `deadline`, or `unavailable` where the VM ends
 */
export async function reachAgent(vm: AwaitedVm, signal: AbortSignal): Promise<ReachedAgent> {
  const ask = async (deadline: AbortSignal): Promise<ReachedAgent> => {
    const connection = openAgent(vm.dialer);
    return { ...connection, clock: await readGuestClock(connection.agent, deadline) };
  };
  return untilItEnds(vm, ask, signal);
}

/**
 * Waits until the guest's agent says who it is.
 *
 * @throws as `reachAgent`
 */
export async function greetAgent(vm: AwaitedVm, signal: AbortSignal): Promise<GreetedAgent> {
  const hello = async (deadline: AbortSignal): Promise<GreetedAgent> => {
    const connection = openAgent(vm.dialer);
    const request = { protocolVersion: PROTOCOL_VERSION };
    const { bootMarksMs } = await connection.agent.hello(request, { signal: deadline });
    return { ...connection, bootMarksMs };
  };
  return untilItEnds(vm, hello, signal);
}

async function untilItEnds<T>(
  { machine, timeoutMs }: Omit<AwaitedVm, "dialer">,
  work: (deadline: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const wait = async (deadline: AbortSignal): Promise<T> => {
    const died = machine.exited.then((exit) => {
      throw new TskataError("unavailable", describeExit(exit));
    });
    return Promise.race([work(deadline), died]);
  };
  return withDeadline("wait for the guest's agent", timeoutMs, wait, signal);
}
