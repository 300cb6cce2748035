import { messageOf, TskataError } from "../../common/error.js";
import type { Interface } from "../../protocol/gen/agent_pb.js";
import type { Operation } from "../kernel/operation.js";
import { reseed } from "../sandbox/reseed.js";
import type { Sandbox } from "../sandbox/sandbox.js";

/** The guest's kernel takes a card within 50 ms; one that is translated and busy may need seconds. */
const CARD_TIMEOUT_MS = 10_000;

/**
 * Names the network cards that the host has plugged, gives them their
 * addresses and sets them up. Waits for the kernel to find them.
 *
 * @throws TskataError `invalid-argument` for too little or too much entropy, `internal` with the step that failed, such as for a card that isn't found
 */
export async function configureInterfaces(
  sandbox: Sandbox,
  { interfaces, entropy }: { readonly interfaces: readonly Interface[]; readonly entropy: Uint8Array },
): Promise<void> {
  const rename = ({ macAddress }: Interface, name: string): Operation => ({
    op: "rename-interface",
    macAddress,
    name,
    timeoutMs: CARD_TIMEOUT_MS,
  });
  const operations = [
    ...reseed(entropy),
    // What the kernel called one may be the name of another.
    ...interfaces.map((card) => rename(card, "tskata-card%d")),
    ...interfaces.flatMap((card) => [rename(card, card.name), ...setUp(card)]),
  ];
  try {
    await sandbox.kernel.runOperations(operations);
  } catch (cause) {
    const names = interfaces.map(({ name }) => name).join(", ");
    throw new TskataError("internal", `set up ${names} in the guest: ${messageOf(cause)}`, { cause });
  }
}

function setUp({ name, mtu, addresses }: Interface): Operation[] {
  return [
    { op: "set-mtu", name, mtu },
    ...addresses.map((address): Operation => ({ op: "add-address", name, ...address })),
    { op: "interface-up", name },
  ];
}
