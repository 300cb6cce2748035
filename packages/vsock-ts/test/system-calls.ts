import { existsSync } from "node:fs";
import { once } from "node:events";
import t from "tap";
import { claimGuestCid, connectVsock, localCid, VsockServer, VsockSocket } from "../src/index.js";

const options = existsSync("/dev/vsock") ? {} : { skip: "this kernel has no vsock (modprobe vsock)" };

t.test("two servers can't listen at one port, and a closed one leaves it", options, async (t) => {
  const first = new VsockServer().listen();
  await once(first, "listening");
  const { port } = first.address ?? {};
  t.type(port, "number");
  const at = port === undefined ? {} : { port };
  t.throws(() => new VsockServer().listen(at), { code: "EADDRINUSE", syscall: "bind", address: at });
  t.throws(() => first.listen(), { message: "the vsock server listens already; close it first" });
  await first.close();
  t.same([first.address, first.listening], [undefined, false]);
  const second = new VsockServer().listen(at);
  t.equal(second.address?.port, port);
  await second.close();
});

t.test("a server can't listen at another machine's CID", options, async (t) => {
  const cid = localCid() === 0x7ffffff0 ? 0x7ffffff1 : 0x7ffffff0;
  t.throws(() => new VsockServer().listen({ cid, port: 5000 }), {
    code: "EADDRNOTAVAIL",
    address: { cid, port: 5000 },
  });
});

t.test("a server ends with its signal, and tells", options, async (t) => {
  const controller = new AbortController();
  const server = new VsockServer().listen({ signal: controller.signal });
  const closed = once(server, "close");
  controller.abort();
  await closed;
  t.equal(server.listening, false);
  t.throws(() => server.listen({ signal: controller.signal }), { name: "AbortError" });
});

t.test("a process may end while a server listens", options, async (t) => {
  const server = new VsockServer().listen().unref();
  t.equal(server.listening, true);
  await server.close();
});

const atHome = existsSync("/dev/vsock") && localCid() > 2 && !existsSync("/sys/module/vsock_loopback");
const toItself = atHome ? {} : { skip: "this machine reaches itself by vsock, or has no CID" };

t.test("a machine that no transport reaches is an error by code", toItself, async (t) => {
  const address = { cid: localCid(), port: 5001 };
  await t.rejects(connectVsock(address), { code: "ENODEV", syscall: "connect", address });
  const socket = VsockSocket.connect(address);
  t.same([socket.connecting, socket.localAddress], [true, undefined]);
  socket.write("lost");
  const [error] = (await once(socket, "error")) as [Error];
  t.match(error.message, /^connect ENODEV vsock:\d+:5001 \(no transport reaches that machine/);
  t.same([socket.connecting, socket.destroyed], [false, true]);
});

t.test("an attempt may be given up before it has begun", options, async (t) => {
  await t.rejects(connectVsock({ cid: 3, port: 5002, signal: AbortSignal.abort() }), { name: "AbortError" });
  const socket = VsockSocket.connect({ cid: 3, port: 5002 });
  socket.destroy();
  await once(socket, "close");
  t.equal(socket.connecting, false);
});

t.test("what is no address isn't tried", async (t) => {
  await t.rejects(connectVsock({ cid: -1, port: 1 }), { name: "RangeError" });
  await t.rejects(connectVsock({ cid: 3, port: 2 ** 32 }), { name: "RangeError" });
  t.throws(() => new VsockServer().listen({ port: 1.5 }), { name: "RangeError" });
});

t.test("a CID for a guest takes the kernel's vhost-vsock", async (t) => {
  await t.rejects(claimGuestCid({ devicePath: "/no/such/device" }), { code: "ENOENT" });
  await t.rejects(claimGuestCid({ devicePath: "/dev/null" }), { code: "ENOTTY", syscall: "ioctl" });
  await t.rejects(claimGuestCid({ first: 1 }), { message: /no range of guest CIDs: 1 to/ });
});
