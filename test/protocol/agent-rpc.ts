import t from "tap";
import { TskataError } from "../../src/common/error.js";
import { type AgentClient, openAgent } from "../../src/protocol/agent-client.js";
import { type AgentHandlers, serveAgent } from "../../src/protocol/agent-server.js";
import { link } from "./fixtures/link.js";

/** A client of an agent with these handlers. */
async function agentOf(
  t: { teardown: (close: () => void) => void },
  handlers: Partial<AgentHandlers>,
): Promise<AgentClient> {
  const { dialer, listener, close } = await link();
  t.teardown(close);
  serveAgent(listener, handlers as AgentHandlers);
  return openAgent(dialer).agent;
}

t.test("a call's request and answer cross the boundary as they are", async (t) => {
  const specJson = Buffer.from([0, 255, 10]);
  const agent = await agentOf(t, {
    createContainer: async (request) => {
      t.match(request, { containerId: "c1", rootfsPath: "/r", bindSources: { 3: { path: "/b", isDirectory: true } } });
      t.ok(specJson.equals(request.specJson));
      return { pid: 7 };
    },
  });
  const request = {
    containerId: "c1",
    specJson,
    rootfsPath: "/r",
    bindSources: { 3: { path: "/b", isDirectory: true } },
  };
  t.match(await agent.createContainer(request), { pid: 7 });
});

t.test("an operation's error comes out of the call, and the connection goes on", async (t) => {
  const agent = await agentOf(t, {
    startContainer: async ({ containerId }) => {
      throw new TskataError("failed-precondition", `start ${containerId}: the container is running`);
    },
    pauseContainer: async () => ({}),
  });
  await t.rejects(agent.startContainer({ containerId: "c1" }), {
    name: "TskataError",
    code: "failed-precondition",
    message: "start c1: the container is running",
  });
  await agent.pauseContainer({ containerId: "c1" });
});

t.test("a call fails with its signal's reason, and when the connection breaks", async (t) => {
  const { dialer, listener, close } = await link();
  const silent = async (): Promise<never> => new Promise(() => undefined);
  serveAgent(listener, { pauseContainer: silent } as Partial<AgentHandlers> as AgentHandlers);
  const { agent } = openAgent(dialer);
  const giveUp = new AbortController();
  const call = agent.pauseContainer({ containerId: "c1" }, { signal: giveUp.signal });
  giveUp.abort(new TskataError("deadline", "too late"));
  await t.rejects(call, { code: "deadline", message: "too late" });
  const other = agent.pauseContainer({ containerId: "c1" });
  close();
  await t.rejects(other, { code: "unavailable" });
});
