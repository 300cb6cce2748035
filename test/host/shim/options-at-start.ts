import t from "tap";
import { BootstrapParamsCodec } from "../../../src/host/shim/api/gen/bootstrap/bootstrap_pb.js";
import { OptionsCodec } from "../../../src/host/shim/api/gen/runc-options/options_pb.js";
import { AnyCodec } from "../../../src/host/shim/api/gen/well-known/common_pb.js";
import { optionsAtStart } from "../../../src/host/shim/options-at-start.js";
import { pack } from "../../../src/host/shim/packed.js";

const options = pack(OptionsCodec, { root: "/r" });

t.test("optionsAtStart() takes the options by themselves, and among other parameters", async (t) => {
  t.strictSame(optionsAtStart({ id: "c" }, AnyCodec.encode(options)), options);
  const parameters = { instanceId: "c", namespace: "n", containerdVersion: "2.4.2" };
  const given = BootstrapParamsCodec.encode({ ...parameters, extensions: [{ value: options }] });
  t.strictSame(optionsAtStart({ id: "c" }, given), options);
  t.equal(optionsAtStart({ id: "c" }, BootstrapParamsCodec.encode(parameters)), undefined);
  t.equal(optionsAtStart({ id: "c" }, new Uint8Array()), undefined);
});
