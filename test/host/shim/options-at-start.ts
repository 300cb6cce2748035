import t from "tap";
import { BootstrapParamsCodec } from "../../../src/host/shim/api/gen/bootstrap/bootstrap_pb.js";
import { OptionsCodec } from "../../../src/host/shim/api/gen/runc-options/options_pb.js";
import { AnyCodec } from "../../../src/host/shim/api/gen/well-known/common_pb.js";
import { optionsAtStart } from "../../../src/host/shim/options-at-start.js";
import { pack } from "../../../src/host/shim/packed.js";

/** `io_uid` is 200: a number beyond 127 is no text in UTF-8. */
const IO_UID = [0x28, 0xc8, 0x01];
const { typeUrl, value } = pack(OptionsCodec, { root: "/r" });
const options = { typeUrl, value: Uint8Array.from([...value, ...IO_UID]) };

t.test("optionsAtStart() takes the options by themselves, and among other parameters", async (t) => {
  t.strictSame(optionsAtStart({ id: "c" }, AnyCodec.encode(options)), options);
  const parameters = { instanceId: "c", namespace: "n", containerdVersion: "2.4.2" };
  const given = BootstrapParamsCodec.encode({ ...parameters, extensions: [{ value: options }] });
  t.strictSame(optionsAtStart({ id: "c" }, given), options);
  t.equal(optionsAtStart({ id: "c" }, BootstrapParamsCodec.encode(parameters)), undefined);
  t.equal(optionsAtStart({ id: "c" }, new Uint8Array()), undefined);
});
