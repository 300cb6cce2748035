import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import t from "tap";
import { QmpClient } from "../src/client.js";

const BINARY = "qemu-system-x86_64";
const missing = spawnSync(BINARY, ["--version"]).error === undefined ? false : `${BINARY} is not installed`;

function startQemu(): { child: ChildProcess; stream: Duplex } {
  const machine = ["-M", "none", "-S", "-nodefaults", "-no-user-config", "-display", "none"];
  const control = ["-chardev", "socket,id=qmp,fd=3", "-mon", "chardev=qmp,mode=control"];
  const child = spawn(BINARY, [...machine, ...control], { stdio: ["ignore", "ignore", "inherit", "pipe"] });
  return { child, stream: child.stdio[3] as Duplex };
}

t.test("a real QEMU: typed and untyped commands, errors, events, quit", { skip: missing }, async (t) => {
  const { child, stream } = startQemu();
  const exited = once(child, "exit");
  t.teardown(() => child.kill("SIGKILL"));
  const client = await QmpClient.connect(stream, { outOfBand: true });
  t.ok(client.greeting.version.qemu.major >= 7);
  t.equal(client.outOfBand, true);
  t.match(await client.execute("query-status"), { running: false, status: "prelaunch" });
  const commands = await client.execute("query-commands");
  t.ok(commands.some(({ name }) => name === "query-status"));
  t.match(await client.executeUntyped("query-target"), { arch: "x86_64" });

  await t.rejects(client.executeUntyped("no-such-command"), { code: "command-failed", qmpClass: "CommandNotFound" });
  await t.rejects(client.execute("device_del", { id: "x" }), { code: "command-failed", qmpClass: "DeviceNotFound" });
  await t.rejects(client.executeUntyped("device_add", { driver: 7 }), {
    code: "command-failed",
    qmpClass: "GenericError",
  });

  const resumed = client.waitForEvent("RESUME");
  await client.execute("cont");
  t.ok((await resumed).timestamp.seconds > 0);
  const stopped = client.waitForEvent("STOP", { timeoutMs: 60_000 });
  await client.execute("stop");
  await stopped;

  const shutdown = client.waitForEvent("SHUTDOWN");
  await client.execute("quit");
  t.strictSame((await shutdown).data, { guest: false, reason: "host-qmp-quit" });
  t.match(await client.closed, { code: "closed" });
  t.strictSame(await exited, [0, null]);
});

/** Writes its argument to descriptor 3, with a descriptor of its own. */
const SEND_WITH_DESCRIPTOR = `
import array, socket, sys
rights = array.array("i", [socket.socket().detach()])
socket.socket(fileno=3).sendmsg([sys.argv[1].encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
`;

t.test("a real QEMU gets a descriptor with a line that another program sends", { skip: missing }, async (t) => {
  const { child, stream } = startQemu();
  const exited = once(child, "exit");
  t.teardown(() => child.kill("SIGKILL"));
  const client = await QmpClient.connect(stream);
  const sendLine = async (line: string): Promise<void> => {
    const sender = spawn("python3", ["-c", SEND_WITH_DESCRIPTOR, line], {
      stdio: ["ignore", "inherit", "inherit", stream],
    });
    await once(sender, "exit");
    stream.resume();
  };
  await client.execute("getfd", { fdname: "mine" }, { sendLine });
  await client.execute("closefd", { fdname: "mine" });
  await t.rejects(client.execute("closefd", { fdname: "mine" }), { code: "command-failed" });
  await client.execute("quit");
  await exited;
});

t.test("a real QEMU that is killed fails what is pending as closed", { skip: missing }, async (t) => {
  const { child, stream } = startQemu();
  const exited = once(child, "exit");
  const client = await QmpClient.connect(stream);
  const waiting = client.waitForEvent("SHUTDOWN");
  child.kill("SIGKILL");
  await t.rejects(waiting, { code: "closed" });
  await exited;
});
