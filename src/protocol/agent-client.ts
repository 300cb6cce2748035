import { createClient, type CallOptions, type Client } from "ttrpc-ts/lite";
import { Agent } from "./gen/agent_pb.js";
import { RPC_PORT } from "./ports.js";
import { fromRpcError } from "./rpc-error.js";
import type { Dialer } from "./transport.js";

/** The agent's operations; they fail with TskataErrors, or with their signal's reason. */
export type AgentClient = Client<typeof Agent>;

type Method = (request: never, options?: CallOptions) => Promise<unknown>;

/** Opens the connection that carries the agent's operations. */
export async function connectAgent(dialer: Dialer, signal?: AbortSignal): Promise<AgentClient> {
  const client = createClient(Agent, await dialer.dial(RPC_PORT, signal));
  const methods = Object.entries<Method>(client).map(([name, method]) => [name, translated(method)]);
  return Object.fromEntries(methods) as AgentClient;
}

function translated(method: Method): Method {
  return async (request, options) => {
    try {
      return await method(request, options);
    } catch (error) {
      throw fromRpcError(error);
    }
  };
}
