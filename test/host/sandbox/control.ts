import { once } from "node:events";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { shortDirectory } from "../../support/short-directory.js";
import t from "tap";
import { TskataError } from "../../../src/common/error.js";
import { ControlClient } from "../../../src/host/sandbox/control-client.js";
import type { ControlHandlers } from "../../../src/host/sandbox/control-protocol.js";
import { ControlServer } from "../../../src/host/sandbox/control-server.js";

function handlers(overrides: Partial<ControlHandlers>): ControlHandlers {
  const unexpected = (): never => {
    throw new Error("not expected");
  };
  return {
    ...{
      create: unexpected,
      start: unexpected,
      kill: unexpected,
      exec: unexpected,
      processes: unexpected,
      monitors: unexpected,
    },
    ...{
      checkpoint: unexpected,
      pause: unexpected,
      resume: unexpected,
      update: unexpected,
      stats: unexpected,
      console: unexpected,
      destroy: unexpected,
      resize: unexpected,
      oomKill: unexpected,
    },
    ...overrides,
  };
}

t.test("a call returns the handler's result, and its error with its code", async (t) => {
  const path = join(shortDirectory(t), "c");
  const errors: unknown[] = [];
  const server = new ControlServer((error) => errors.push(error));
  await server.listen(
    path,
    handlers({
      monitors: async ({ containerId }) => ({ pids: [containerId.length] }),
      start: async () => {
        throw new TskataError("failed-precondition", "start x: no");
      },
    }),
  );
  const client = await ControlClient.connect(path);
  t.strictSame(await client.call("monitors", { containerId: "abc" }, 5000), { pids: [3] });
  await t.rejects(client.call("start", { containerId: "abc" }, 5000), {
    code: "failed-precondition",
    message: "start x: no",
  });
  client.close();
  const rude = createConnection(path);
  rude.write('{"no":"request"}\n');
  rude.resume();
  await once(rude, "close");
  t.match(errors, [{ code: "invalid-argument" }]);
});

t.test("a call under way ends when the supervisor goes away, and the handler hears when the asker does", async (t) => {
  const path = join(shortDirectory(t), "c");
  let heard: (value: unknown) => void = () => undefined;
  const aborted = new Promise((resolve) => {
    heard = resolve;
  });
  await new ControlServer(() => undefined).listen(
    path,
    handlers({
      pause: (_params, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            heard(signal.reason);
            reject(signal.reason as Error);
          });
        }),
    }),
  );
  const client = await ControlClient.connect(path);
  const call = client.call("pause", { containerId: "a" }, 5000);
  call.catch(() => undefined);
  client.close();
  await t.rejects(call, { code: "unavailable" });
  t.match(await aborted, { code: "unavailable" });
});

t.test("a server that is closed hangs up on who waits for its end", async (t) => {
  const path = join(shortDirectory(t), "c");
  const server = new ControlServer(() => undefined);
  await server.listen(path, handlers({}));
  const client = await ControlClient.connect(path);
  const closed = client.closed();
  server.close();
  await closed;
  await t.rejects(ControlClient.connect(path), { code: "unavailable" });
});

t.test("connecting where nobody listens is unavailable", async (t) => {
  await t.rejects(ControlClient.connect(join(shortDirectory(t), "none")), { code: "unavailable" });
});

t.test("a call that isn't answered in time fails by its deadline", async (t) => {
  const path = join(shortDirectory(t), "c");
  const server = new ControlServer(() => undefined);
  await server.listen(path, handlers({ resume: () => new Promise(() => undefined) }));
  const client = await ControlClient.connect(path);
  await t.rejects(client.call("resume", { containerId: "a" }, 20), { code: "deadline" });
  client.close();
});

t.test("a supervisor that hangs up while it is asked has gone away, whatever was written by then", async (t) => {
  const path = join(shortDirectory(t), "c");
  const server = createServer((socket) => socket.destroy());
  server.listen(path);
  await once(server, "listening");
  t.teardown(() => void server.close());
  for (const length of [10, 1_000_000]) {
    for (let round = 0; round < 50; round += 1) {
      const client = await ControlClient.connect(path);
      const call = client.call("start", { containerId: "x".repeat(length) }, 5000);
      await t.rejects(call, { code: "unavailable", message: "start: the container's supervisor went away" });
      client.close();
    }
  }
});
