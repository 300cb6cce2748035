import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import t from "tap";
import { dumpRequest, restoreRequest } from "../../../src/agent/checkpoint/criu-request.js";

/** Fields of a message by number: varints as numbers, others as text or, where named, as messages. */
function fields(bytes: Uint8Array, messages: readonly number[]): Record<number, unknown[]> {
  const reader = new BinaryReader(bytes);
  const found: Record<number, unknown[]> = {};
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const value = wireType === WireType.Varint ? reader.int32() : reader.bytes();
    const read = typeof value === "number" || messages.includes(number) ? value : Buffer.from(value).toString();
    (found[number] ??= []).push(read);
  }
  return found;
}

function parse(request: Uint8Array): { type: unknown; opts: Record<number, unknown[]> } {
  const { 1: type, 2: opts } = fields(request, [2]);
  return { type: type?.[0], opts: fields(opts?.[0] as Uint8Array, [23, 27]) };
}

t.test("a checkpoint's request says what to save, by CRIU's own numbers", async (t) => {
  const process = { pid: 59, root: "/r", externalMounts: [{ key: "/data", val: "7" }] };
  const { type, opts } = parse(dumpRequest(process, { leaveRunning: true, fileLocks: true }));
  t.equal(type, 1);
  t.match(opts, { 1: [64], 2: [59], 3: [1], 8: [1], 10: ["dump.log"], 13: ["/r"], 17: [65], 34: [0], 50: [1] });
  t.same(fields(opts[23]?.[0] as Uint8Array, []), { 1: ["/data"], 2: ["7"] });
  t.notOk(5 in opts);
});

t.test("a restore's request has the pipes that are to be the standard streams", async (t) => {
  const streams = ["pipe:[1]", undefined, "pipe:[3]"];
  const { type, opts } = parse(restoreRequest({ root: "/r", externalMounts: [], streams }, { tcpEstablished: true }));
  t.equal(type, 2);
  t.match(opts, { 5: [1], 10: ["restore.log"], 26: [1], 34: [0] });
  t.same(
    opts[27]?.map((each) => fields(each as Uint8Array, [])),
    [
      { 1: ["pipe:[1]"], 2: [70] },
      { 1: ["pipe:[3]"], 2: [72] },
    ],
  );
});
