import { once } from "node:events";
import { createServer, connect, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import t, { type Test } from "tap";
import { MonitorControl, type MonitorMessage } from "../../../src/host/sandbox/monitor-control.js";
import { shortDirectory } from "../../support/short-directory.js";

/** A control connection, the monitor's end, and what came over it. */
async function connection(t: Test): Promise<{ control: MonitorControl; monitor: Socket; messages: MonitorMessage[] }> {
  const server = createServer();
  const path = join(shortDirectory(t), "s");
  server.listen(path);
  await once(server, "listening");
  const monitor = connect(path);
  const [socket] = (await once(server, "connection")) as [Socket];
  t.teardown(() => {
    for (const each of [monitor, socket]) each.destroy();
    server.close();
  });
  const messages: MonitorMessage[] = [];
  return { control: new MonitorControl(socket, (message) => messages.push(message)), monitor, messages };
}

t.test("messages wait for the process and come in order; what is none, or says nothing new, is left out", async (t) => {
  const { control, monitor, messages } = await connection(t);
  monitor.end(
    "winsize 80 24\nsignal 15\nsignal 0\nsignal 65\nhello\nnetwork\nwinsize 70000 1\nnetwork\nwinsize 100 30\n",
  );
  t.equal(await control.gone, true, "hung up before it was told the exit");
  t.same(messages, []);
  t.same(control.initialSize, { kind: "winsize", columns: 100, rows: 30 });
  control.begin();
  t.same(messages, [
    { kind: "winsize", columns: 80, rows: 24 },
    { kind: "signal", signal: 15 },
    { kind: "network" },
    { kind: "winsize", columns: 100, rows: 30 },
  ]);
});

t.test("a monitor that floods is heard no further than 64 messages before the process is there", async (t) => {
  const { control, monitor, messages } = await connection(t);
  monitor.end("signal 1\n".repeat(1000));
  await control.gone;
  control.begin();
  t.equal(messages.length, 64);
});

t.test("the exit is told once, and then the monitor's leaving is in order", async (t) => {
  const { control, monitor } = await connection(t);
  control.begin();
  control.exit(7);
  control.failed();
  t.equal(await text(monitor), "begin\nexit 7\n");
  t.equal(await control.gone, false);
});
