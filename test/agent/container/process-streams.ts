import { once } from "node:events";
import { text } from "node:stream/consumers";
import t from "tap";
import { ProcessStreams } from "../../../src/agent/container/process-streams.js";
import { channelPair } from "../../../src/agent/rehearsal/channel-pair.js";
import { StandInProcess } from "../fixtures/stand-in-process.js";

const carrier = { join: () => Promise.resolve(), forget: () => undefined };

t.test("attach() joins seccomp notifications both ways, and each end with the other", async (t) => {
  const [notifier, notifications] = channelPair();
  const [host, stream] = channelPair();
  const process = Object.assign(new StandInProcess(1), { notifications });
  new ProcessStreams(process, carrier).attach("seccomp", stream);
  notifier.write("a notification");
  t.equal(String(((await once(host, "data")) as [Buffer])[0]), "a notification");
  host.end("an answer");
  t.equal(await text(notifier), "an answer");
});

t.test("attach() breaks the host's stream off where the notifier has gone", async (t) => {
  const [notifier, notifications] = channelPair();
  const [host, stream] = channelPair();
  for (const each of [notifier, notifications, host, stream]) each.on("error", () => undefined);
  const process = Object.assign(new StandInProcess(1), { notifications });
  notifications.destroy();
  const closed = new Promise((resolve) => {
    stream.once("close", resolve);
  });
  new ProcessStreams(process, carrier).attach("seccomp", stream);
  await closed;
  t.ok(stream.destroyed);
});

t.test("attach() refuses notifications of a filter that has none, and a second host", async (t) => {
  const [, stream] = channelPair();
  t.throws(() => new ProcessStreams(new StandInProcess(1), carrier).attach("seccomp", stream), {
    code: "invalid-argument",
    message: /notifies nobody/,
  });
  const [, notifications] = channelPair();
  const streams = new ProcessStreams(Object.assign(new StandInProcess(1), { notifications }), carrier);
  streams.attach("seccomp", stream);
  t.throws(() => streams.attach("seccomp", stream), { code: "already-exists" });
});
