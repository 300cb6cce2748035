import { createServer, type Handlers } from "ttrpc-ts/lite";
import { Agent } from "./gen/agent_pb.js";
import { RPC_PORT } from "./ports.js";
import { toRpcError } from "./rpc-error.js";
import type { Listener } from "./transport.js";

/** The agent's operations, one handler each. What they throw reaches the host as a TskataError of the same code. */
export type AgentHandlers = Handlers<typeof Agent>;

/** Serves the agent's operations on RPC_PORT. */
export function serveAgent(listener: Listener, handlers: AgentHandlers): void {
  const server = createServer({ translateError: toRpcError }).service(Agent, handlers);
  listener.onStream(RPC_PORT, (stream) => {
    server.serve(stream);
  });
}
