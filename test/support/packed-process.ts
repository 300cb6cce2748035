import type { Any } from "../../src/host/shim/api/gen/well-known/common_pb.js";

const PROCESS_TYPE = "types.containerd.io/opencontainers/runtime-spec/1/Process";

/** A further process of a container, as containerd packs it for `Exec`. */
export function packedProcess(...args: readonly string[]): Any {
  const spec = { args, cwd: "/", env: ["PATH=/bin"], user: { uid: 0, gid: 0 } };
  return { typeUrl: PROCESS_TYPE, value: Buffer.from(JSON.stringify(spec)) };
}
