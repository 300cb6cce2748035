import { randomBytes } from "node:crypto";
import t from "tap";
import { buildProgram } from "../fixtures/build-program.js";
import { FakeGuest, fileError, frame, notification, number32, WIRE } from "./fixtures/fake-guest.js";

const program = buildProgram("seccomp-notifier", t.testdir({}), "sanitized");
const NAME = Buffer.from("name\0");
const MKDIR = 83;
const ADDRESS = 0x7fff_1234_5678n;

t.test("a notification and its result arrive however they are split", async (t) => {
  const guest = await FakeGuest.start(t, program, { [MKDIR]: ["text", { value: 5 }] });
  await guest.announce();
  const [first, ...rest] = frame(WIRE.notification, 7n, notification(7n, ADDRESS, NAME));
  for (const byte of [first ?? 0, ...rest]) guest.send(Uint8Array.of(byte));
  const response = await guest.next();
  t.equal(response.kind, WIRE.respond);
  t.equal(response.payload.readBigUInt64LE(0), 7n);
  t.equal(response.payload.readBigInt64LE(8), 5n);
  for (const byte of frame(WIRE.result, response.tag, number32(0))) guest.send(Uint8Array.of(byte));
  t.match(await guest.agent.next(), { call: MKDIR, text: "name", sent: null, ended: true });
});

t.test("a receiver that a signal interrupts leaves the notification to the next", async (t) => {
  const guest = await FakeGuest.start(t, program, { signal: [], [MKDIR]: ["text", { error: 1 }] });
  t.equal((await guest.next()).kind, WIRE.receive);
  t.same(await guest.agent.next(), { received: "EINTR" });
  guest.send(frame(WIRE.notification, 7n, notification(7n, ADDRESS, NAME)));
  const response = await guest.next();
  t.equal(response.kind, WIRE.respond, "it is asked for no more than once");
  guest.send(frame(WIRE.result, response.tag, number32(0)));
  t.match(await guest.agent.next(), { text: "name", sent: null });
});

t.test("an address of the notifier's own shows the guest's page there", async (t) => {
  const guest = await FakeGuest.start(t, program, { [MKDIR]: ["text", { error: 1 }] });
  for (const [id, address] of [0x1000_0000n, 0x1000_1000n, 0x1000_2010n, 0x40_0000n].entries()) {
    await guest.announce();
    guest.send(frame(WIRE.notification, BigInt(id), notification(BigInt(id), address, NAME)));
    const response = await guest.next();
    guest.send(frame(WIRE.result, response.tag, number32(0)));
    t.match(await guest.agent.next(), { text: "name", sent: null }, address.toString(16));
  }
});

t.test("a notification that vanished is told to who waits, and one that is gone takes its process along", async (t) => {
  const guest = await FakeGuest.start(t, program, { [MKDIR]: ["wait", { error: 1 }] });
  await guest.announce();
  guest.send(frame(WIRE.nothing, 0n));
  await guest.announce();
  guest.send(frame(WIRE.notification, 1n, notification(1n, ADDRESS, NAME)));
  void guest.next();
  t.match(await guest.agent.next(), { waiting: MKDIR });
  guest.send(frame(WIRE.gone, 1n));
  guest.agent.proceed();
  t.match(await guest.agent.next(), { sent: "ENOENT", ended: true });
});

const asked: [string, RegExp, Buffer][] = [
  ["too short", /no seccomp notification/, frame(WIRE.notification, 1n, Buffer.alloc(10))],
  ["cut off", /no seccomp notification/, frame(WIRE.notification, 1n, notification(1n, ADDRESS, NAME).subarray(0, -1))],
  [
    "with too many pages",
    /no seccomp notification/,
    frame(WIRE.notification, 1n, notification(1n, ADDRESS, NAME, { pages: 13 })),
  ],
  [
    "with an address of the kernel's",
    /no seccomp notification/,
    frame(WIRE.notification, 1n, notification(1n, 0xffff_8000_0000_0000n, NAME)),
  ],
];
for (const [what, reason, bytes] of asked) {
  t.test(`a notification ${what} ends it`, async (t) => {
    const guest = await FakeGuest.start(t, program);
    await guest.announce();
    guest.send(bytes);
    const { status, stderr } = await guest.ended;
    t.equal(status, 1);
    t.match(stderr, reason);
  });
}

const unasked: [string, RegExp, Buffer][] = [
  ["a frame that is too long", /no frame/, frame(WIRE.ready, 0n, Buffer.alloc(65536))],
  ["a frame shorter than its header", /no frame/, Buffer.alloc(16)],
  ["a frame of an unknown kind", /unknown kind/, frame(99, 0n)],
  ["a notification", /nobody asked/, frame(WIRE.notification, 1n, notification(1n, ADDRESS, NAME))],
  ["a result", /not asked/, frame(WIRE.result, 5n, number32(0))],
  ["a file's reply", /not asked/, frame(WIRE.fileReply, 5n, fileError(5n, 2))],
];
for (const [what, reason, bytes] of unasked) {
  t.test(`${what} that nobody asked for ends it`, async (t) => {
    const guest = await FakeGuest.start(t, program);
    guest.send(bytes);
    const { status, stderr } = await guest.ended;
    t.equal(status, 1);
    t.match(stderr, reason);
  });
}

t.test("the number of a file of the notifier's own is refused", async (t) => {
  const guest = await FakeGuest.start(t, program);
  await guest.announce();
  guest.send(frame(WIRE.notification, 1n, notification(1n, ADDRESS, NAME)));
  const found = await guest.nextRequest();
  const entry = Buffer.alloc(16 + 128);
  entry.writeUInt32LE(entry.length, 0);
  entry.writeBigUInt64LE(found.tag, 8);
  entry.writeBigUInt64LE(2n, 16);
  guest.send(frame(WIRE.fileReply, found.tag, entry));
  t.match(await guest.ended, { status: 1, stderr: /no reply to a file's request/ });
});

t.test("noise ends it, and never by a crash", async (t) => {
  for (let round = 0; round < 5; round++) {
    const guest = await FakeGuest.start(t, program);
    guest.send(randomBytes(200_000));
    guest.stream.end();
    const { stderr } = await guest.ended;
    t.notMatch(stderr, /AddressSanitizer|runtime error/);
  }
});
