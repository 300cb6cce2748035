import type { StartSandboxRequest, StartSandboxResponse } from "../api/gen/sandbox/sandbox_pb.js";
import { startProcess } from "../operations/start-process.js";
import { timestamp } from "../packed.js";
import type { Shim } from "../shim.js";
import { podOf } from "./pod-of.js";

/** As containerd's typeurl names the runtime-spec's type, which is no message. */
const SPEC_TYPE = "types.containerd.io/opencontainers/runtime-spec/1/Spec";

/**
 * Runs the first process of a pod's sandbox: containers may join it from now on.
 *
 * @param signal as of `startProcess`
 */
export async function startSandbox(
  shim: Shim,
  { sandboxId: id }: StartSandboxRequest,
  signal: AbortSignal,
): Promise<StartSandboxResponse> {
  const { created, specJson } = podOf(shim, id).pod;
  const { pid } = await startProcess(shim, { id, execId: "" }, signal);
  return { pid, createdAt: timestamp(created), spec: { typeUrl: SPEC_TYPE, value: Buffer.from(specJson) } };
}
