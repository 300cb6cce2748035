import t from "tap";
import { OptionsCodec } from "../../../src/host/shim/api/gen/runc-options/options_pb.js";
import { OptionsCodec as RuntimeOptionsCodec } from "../../../src/host/shim/api/gen/runtime-options/options_pb.js";
import { pack, packedJson, timestamp, unpack } from "../../../src/host/shim/packed.js";

t.test("pack() and unpack() carry a message with its type, and unpack() takes no other", async (t) => {
  const packed = pack(OptionsCodec, { root: "/r", systemdCgroup: true });
  t.equal(packed.typeUrl, "containerd.runc.v1.Options");
  t.strictSame(unpack(OptionsCodec, packed), { root: "/r", systemdCgroup: true });
  const withHost = { ...packed, typeUrl: `type.googleapis.com/${packed.typeUrl}` };
  t.match(unpack(OptionsCodec, withHost), { root: "/r" });
  t.equal(unpack(RuntimeOptionsCodec, packed), undefined);
  t.equal(unpack(OptionsCodec, undefined), undefined);
});

t.test("packedJson() gives the text, and refuses to have none", async (t) => {
  t.equal(packedJson({ typeUrl: "x", value: Buffer.from("{}") }, "exec"), "{}");
  t.throws(() => packedJson(undefined, "exec a"), { code: "invalid-argument", message: "exec a: nothing is given" });
  t.throws(() => packedJson({ typeUrl: "x", value: Buffer.alloc(0) }, "exec a"), { code: "invalid-argument" });
});

t.test("timestamp() has whole seconds and the rest in nanoseconds, before the epoch too", async (t) => {
  t.strictSame(timestamp(new Date(1_700_000_000_123)), { seconds: 1_700_000_000n, nanos: 123_000_000 });
  t.strictSame(timestamp(new Date(-1)), { seconds: -1n, nanos: 999_000_000 });
});
