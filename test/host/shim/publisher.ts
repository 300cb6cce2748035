import { once } from "node:events";
import { createServer as createSocketServer, type Server } from "node:net";
import { join } from "node:path";
import t, { type Test } from "tap";
import { createServer } from "ttrpc-ts/lite";
import { Events, type Envelope } from "../../../src/host/shim/api/gen/event-forwarding/events_pb.js";
import { TaskExitCodec } from "../../../src/host/shim/api/gen/task-events/events_pb.js";
import { pack, unpack } from "../../../src/host/shim/packed.js";
import { Publisher, type ShimEvent } from "../../../src/host/shim/publisher.js";
import { shortDirectory } from "../../support/short-directory.js";

/** Who takes events as containerd does. */
async function containerd(t: Test, path: string): Promise<{ heard: Envelope[]; stop: () => Promise<void> }> {
  const heard: Envelope[] = [];
  const server = createServer().service(Events, {
    forward: ({ envelope }) => {
      if (envelope !== undefined) heard.push(envelope);
      return {};
    },
  });
  const listener: Server = createSocketServer((socket) => void server.serve(socket)).listen(path);
  await once(listener, "listening");
  const stop = async (): Promise<void> => {
    listener.close();
    server.close();
    await once(listener, "close");
  };
  t.teardown(() => {
    listener.close();
    server.close();
  });
  return { heard, stop };
}

const exit = (exitStatus: number): ShimEvent => ({
  topic: "/tasks/exit",
  event: pack(TaskExitCodec, { containerId: "c", id: "c", pid: 7, exitStatus }),
});

t.test("publish() tells containerd in the order of the calls, with namespace, topic and time", async (t) => {
  const path = join(shortDirectory(t), "c");
  const { heard } = await containerd(t, path);
  const publisher = new Publisher({ address: path, namespace: "k8s.io", log: (line) => t.fail(line) });
  t.teardown(() => publisher.close());
  const before = BigInt(Math.floor(Date.now() / 1000));
  await Promise.all([0, 1, 2, 3].map((status) => publisher.publish(exit(status))));
  t.match(heard[0], { namespace: "k8s.io", topic: "/tasks/exit" });
  t.ok((heard[0]?.timestamp?.seconds ?? 0n) >= before);
  t.strictSame(
    heard.map(({ event }) => unpack(TaskExitCodec, event)?.exitStatus),
    [0, 1, 2, 3],
  );
});

t.test("publish() tries again where containerd was away", async (t) => {
  const path = join(shortDirectory(t), "c");
  const lines: string[] = [];
  const publisher = new Publisher({ address: path, namespace: "n", log: (line) => lines.push(line) });
  t.teardown(() => publisher.close());
  const first = await containerd(t, path);
  await publisher.publish(exit(1));
  await first.stop();
  const published = publisher.publish(exit(2));
  const second = await containerd(t, path);
  await published;
  t.equal(unpack(TaskExitCodec, second.heard[0]?.event)?.exitStatus, 2);
  t.strictSame(lines, []);
});

t.test("told() settles when containerd has heard of all", async (t) => {
  const path = join(shortDirectory(t), "c");
  const { heard } = await containerd(t, path);
  const publisher = new Publisher({ address: path, namespace: "n", log: (line) => t.fail(line) });
  t.teardown(() => publisher.close());
  await publisher.told();
  const published = [publisher.publish(exit(1)), publisher.publish(exit(2))];
  await publisher.told();
  t.equal(heard.length, 2);
  await Promise.all(published);
});

t.test("publish() does nothing where nobody hears", async (t) => {
  const publisher = new Publisher({ address: "", namespace: "n", log: (line) => t.fail(line) });
  await t.resolves(publisher.publish(exit(0)));
});
