import { createClient, type CallOptions, type Client } from "ttrpc-ts/lite";
import { Agent } from "./gen/agent_pb.js";
import { RPC_PORT } from "./ports.js";
import { fromRpcError } from "./rpc-error.js";
import type { Dialer } from "./transport.js";

/** The agent's operations; they fail with TskataErrors, or with their signal's reason. */
export type AgentClient = Client<typeof Agent>;

type Method = (request: never, options?: CallOptions) => Promise<unknown>;

/** A connection to the agent that can be ended. */
export interface AgentConnection {
  readonly agent: AgentClient;
  /** Ends it, and waits until the agent has. Nothing must be under way. */
  hangUp(): Promise<void>;
}

/** Opens the connection that carries the agent's operations. The first of them may be asked for before the agent is up. */
export function openAgent(dialer: Dialer): AgentConnection {
  const stream = dialer.open(RPC_PORT);
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
