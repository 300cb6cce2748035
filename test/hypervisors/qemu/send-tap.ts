import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import t, { type Test } from "tap";
import { sendDevice, sendTap } from "../../../hypervisors/qemu/send-tap.js";
import { TAP_SENDER } from "../../support/built-programs.js";
import { TestNetwork } from "../../support/test-network.js";

/** Stands in for QEMU: says what it got, and how many descriptors with it, and keeps those until its connection ends. */
const RECEIVER = `
import array, socket
monitor = socket.socket(fileno=3)
line, control, _, _ = monitor.recvmsg(1000, socket.CMSG_SPACE(16))
fds = array.array("i")
for level, kind, data in control: fds.frombytes(data)
monitor.send(b"%d descriptors with %s" % (len(fds), line))
monitor.recv(1)
`;

function receiver(t: Test): { control: Duplex; end: () => Promise<void> } {
  const child = spawn("python3", ["-c", RECEIVER], { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  const exited = once(child, "exit");
  const control = child.stdio[3] as Duplex;
  const end = async (): Promise<void> => {
    control.destroy();
    await exited;
  };
  t.teardown(end);
  return { control, end };
}

t.test("sendTap() makes a tap in the namespace that goes with whoever got it", async (t) => {
  const network = await TestNetwork.make(t);
  const { control, end } = receiver(t);
  const said = once(control, "data");
  await sendTap(TAP_SENDER, { name: "tap0-test", namespace: network.path }, '{"execute":"getfd"}\n', control);
  t.match(String(await said), /^1 descriptors with \{"execute":"getfd"\}\n$/);
  t.strictSame(Object.keys(network.devices()), ["tap0-test"]);
  await end();
  t.strictSame(Object.keys(network.devices()), []);
});

t.test("sendTap() fails with the reason, and sends nothing", async (t) => {
  const network = await TestNetwork.make(t);
  const { control } = receiver(t);
  const send = (name: string, namespace: string): Promise<void> =>
    sendTap(TAP_SENDER, { name, namespace }, "x", control);
  network.run("ip", "tuntap", "add", "mine", "mode", "tap");
  for (const [name, namespace, reason] of [
    ["mine", network.path, "make the tap mine: Device or resource busy"],
    ["sixteen-bytes-16", network.path, "make the tap sixteen-bytes-16: File name too long"],
    ["tap0", "/nonexistent", "enter the network namespace /nonexistent: No such file or directory"],
    ["tap0", "/proc/self/ns/uts", "enter the network namespace /proc/self/ns/uts: Invalid argument"],
  ] as const) {
    await t.rejects(send(name, namespace), { code: "unavailable", message: `make the tap ${name}: ${reason}` });
  }
  t.strictSame(Object.keys(network.devices()), ["mine"]);
});

t.test("sendDevice() opens a device for whoever gets it, or fails with the reason", async (t) => {
  const { control } = receiver(t);
  const said = once(control, "data");
  await sendDevice(TAP_SENDER, "/dev/null", '{"execute":"getfd"}\n', control);
  t.match(String(await said), /^1 descriptors with \{"execute":"getfd"\}\n$/);
  await t.rejects(sendDevice(TAP_SENDER, "/no/vhost-net", "x", control), {
    code: "unavailable",
    message: "hand over /no/vhost-net: open /no/vhost-net: No such file or directory",
  });
});

t.test("sendTap() needs its program, and gives up with the signal's reason", async (t) => {
  const { control } = receiver(t);
  const tap = { name: "tap0", namespace: "/nonexistent" };
  await t.rejects(sendTap(undefined, tap, "x", control), { code: "unsupported" });
  await t.rejects(sendTap("/nonexistent/program", tap, "x", control), { code: "not-found" });
  const reason = new Error("enough");
  await t.rejects(sendTap(TAP_SENDER, tap, "x", control, AbortSignal.abort(reason)), reason);
  const controller = new AbortController();
  const sending = sendTap(TAP_SENDER, tap, "x", control, controller.signal);
  controller.abort(reason);
  await t.rejects(sending, reason);
});
