import { VERSION } from "../../common/version.js";
import { describeFeatures } from "../../oci/features.js";
import { BUILD_FEATURES } from "../runtime/build-features.js";
import { RuntimeInfoCodec } from "./api/gen/runtime-info/info_pb.js";

/** As containerd's typeurl names a type that is no message. */
const FEATURES_TYPE = "types.containerd.io/opencontainers/runtime-spec/1/features/Features";

/** What containerd 2.x asks a shim's program for: its version, and what it can do (features.md). */
export function runtimeInfo(): Uint8Array {
  const features = Buffer.from(JSON.stringify(describeFeatures(BUILD_FEATURES)));
  return RuntimeInfoCodec.encode({
    name: "io.containerd.tskata.v2",
    version: { version: VERSION },
    features: { typeUrl: FEATURES_TYPE, value: features },
  });
}
