import { spawn } from "node:child_process";
import { once } from "node:events";
import type { VirtualMachine } from "../../../../hypervisors/hypervisor.js";
import { TskataError } from "../../../common/error.js";
import type { AgentClient } from "../../../protocol/agent-client.js";
import { freshEntropy } from "../guest-identity.js";

const NAME = "eth0";
const CARD = { id: "warm-up", macAddress: "02:00:00:00:00:01", tap: "tap-warm-up" };
const ADDRESS = { interface: NAME, address: "192.0.2.2", prefixLength: 24 };
const ROUTE = { interface: NAME, destination: "0.0.0.0", prefixLength: 0, gateway: "192.0.2.1" };

/**
 * Gives a guest that is to become a template a network card with all that an
 * ordinary one has, once, and takes it away again: without KVM the code that a clone runs for its
 * first card is translated then. The card's other end is in a network namespace that nobody else is in.
 */
export async function warmUpNetwork(
  machine: Pick<VirtualMachine, "plugNetworkCard" | "unplugNetworkCard">,
  agent: AgentClient,
  signal: AbortSignal,
): Promise<void> {
  const holder = spawn("unshare", ["--net", "sh", "-c", "echo; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
    signal,
  });
  const ended = once(holder, "exit").catch(() => undefined);
  try {
    await once(holder.stdout, "data", { signal });
    const tap = { name: CARD.tap, namespace: `/proc/${holder.pid}/ns/net` };
    try {
      await machine.plugNetworkCard({ ...CARD, tap }, signal);
    } catch (error) {
      // Where no taps can be made no clone will have a network.
      if (error instanceof TskataError && error.code === "unavailable") return;
      throw error;
    }
    const macAddress = Buffer.from(CARD.macAddress.replaceAll(":", ""), "hex");
    const interfaces = [{ macAddress, name: NAME, mtu: 1500, withoutIpv6: true }];
    const added = { addresses: [ADDRESS], routes: [ROUTE] };
    await agent.configureNetwork({ interfaces, added, entropy: await freshEntropy() }, { signal });
    await agent.configureNetwork({ removedInterfaces: [NAME] }, { signal });
    await machine.unplugNetworkCard(CARD.id, signal);
  } finally {
    holder.kill("SIGKILL");
    await ended;
  }
}
