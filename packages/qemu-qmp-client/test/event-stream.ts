import t from "tap";
import { QmpError } from "../src/errors.js";
import { QmpEventStream } from "../src/event-stream.js";
import type { QmpEvent } from "../src/events.js";

const event = (name: string): QmpEvent => ({ name, data: undefined, timestamp: { seconds: 0, microseconds: 0 } });

t.test("a stream gives events in order, to consumers before and after", async (t) => {
  const stream = new QmpEventStream(undefined, 10, () => undefined);
  const [first, second] = [stream.next(), stream.next()];
  for (const name of ["A", "B", "C"]) stream.offer(event(name));
  t.match(await first, { done: false, value: { name: "A" } });
  t.match(await second, { done: false, value: { name: "B" } });
  t.match(await stream.next(), { done: false, value: { name: "C" } });
});

t.test("a stream passes over names that are not wanted", async (t) => {
  const stream = new QmpEventStream(["B"], 10, () => undefined);
  for (const name of ["A", "B"]) stream.offer(event(name));
  t.match(await stream.next(), { value: { name: "B" } });
});

t.test("finish() ends a stream after what is queued", async (t) => {
  let unsubscribed = 0;
  const stream = new QmpEventStream(undefined, 10, () => unsubscribed++);
  stream.offer(event("A"));
  stream.finish();
  stream.finish(new QmpError("closed", "late"));
  stream.offer(event("B"));
  const names: string[] = [];
  for await (const { name } of stream) names.push(name);
  t.strictSame(names, ["A"]);
  t.equal(unsubscribed, 1);
});

t.test("finish() ends consumers that wait", async (t) => {
  const stream = new QmpEventStream(undefined, 10, () => undefined);
  const waiting = stream.next();
  stream.finish();
  t.strictSame(await waiting, { done: true, value: undefined });
});

t.test("finish() with an error is thrown once, then the stream is done", async (t) => {
  const waited = new QmpEventStream(undefined, 10, () => undefined);
  const waiting = waited.next();
  waited.finish(new QmpError("protocol", "bad"));
  await t.rejects(waiting, { code: "protocol" });

  const stream = new QmpEventStream(undefined, 10, () => undefined);
  stream.finish(new QmpError("protocol", "bad"));
  await t.rejects(stream.next(), { code: "protocol" });
  t.match(await stream.next(), { done: true });
});

t.test("a consumer that falls behind gets an overflow error instead of a gap", async (t) => {
  const stream = new QmpEventStream(undefined, 2, () => undefined);
  for (const name of ["A", "B", "C"]) stream.offer(event(name));
  t.match(await stream.next(), { value: { name: "A" } });
  t.match(await stream.next(), { value: { name: "B" } });
  await t.rejects(stream.next(), { code: "overflow" });
});

t.test("break ends the subscription", async (t) => {
  let unsubscribed = 0;
  const stream = new QmpEventStream(undefined, 10, () => unsubscribed++);
  for (const name of ["A", "B"]) stream.offer(event(name));
  for await (const { name } of stream) {
    t.equal(name, "A");
    break;
  }
  t.equal(unsubscribed, 1);
  t.match(await stream.next(), { done: true });
});
