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
  return (await openAgent(dialer, signal)).agent;
}

/** A connection to the agent that can be ended. */
export interface AgentConnection {
  readonly agent: AgentClient;
  /** Ends it, and waits until the agent has. Nothing must be under way. */
  hangUp(): Promise<void>;
}

/** As `connectAgent`, for a time. */
export async function openAgent(dialer: Dialer, signal?: AbortSignal): Promise<AgentConnection> {
  const stream = await dialer.dial(RPC_PORT, signal);
  const client = createClient(Agent, stream);
  const methods = Object.entries<Method>(client).map(([name, method]) => [name, translated(method)]);
  return {
    agent: Object.fromEntries(methods) as AgentClient,
    hangUp: async () => {
      // The agent breaks off a connection that ends.
      const closed = new Promise((resolve) => stream.once("close", resolve));
      stream.end();
      await closed;
    },
  };
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
