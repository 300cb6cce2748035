import { BootstrapParamsCodec } from "./api/gen/bootstrap/bootstrap_pb.js";
import { type Any, AnyCodec } from "./api/gen/well-known/common_pb.js";
import type { Invocation } from "./invocation.js";

/**
 * The runtime's options, as containerd gives them to `start`: by themselves up to containerd 2.2, and from 2.3 on among
 * other parameters, which begin with the id. For containers they come with `Create` again.
 *
 * @param input of the command
 * @returns undefined where it gives none
 */
export function optionsAtStart({ id }: Pick<Invocation, "id">, input: Uint8Array): Any | undefined {
  if (input.length === 0) return undefined;
  // Its first text is the id there, and the type of the options here; the options needn't be text.
  const alone = AnyCodec.decode(input);
  return alone.typeUrl === id ? BootstrapParamsCodec.decode(input).extensions[0]?.value : alone;
}
