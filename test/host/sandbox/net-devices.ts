import t from "tap";
import type { NetworkCard } from "../../../hypervisors/hypervisor.js";
import { CleanupStack } from "../../../src/common/cleanup-stack.js";
import { moveNetDevices, type NetworkedVm, plugNetDevices } from "../../../src/host/sandbox/net-devices.js";
import { TestNetwork } from "../../support/test-network.js";
import { NAMESPACE, recordedNetwork, type RecordedNetwork, VETH } from "../network/fixtures/recorded-network.js";

const LIVE = new AbortController().signal;

function device(name: string, macAddress: string) {
  const addresses = [{ address: "192.0.2.7", prefixLength: 24, broadcast: "192.0.2.255", scope: "global" }];
  return { name, linkType: "ether", macAddress, mtu: 1400, isUp: true, addresses };
}

/** A VM that notes what it is told among the commands. */
function networkedVm({ calls }: RecordedNetwork) {
  const cards: NetworkCard[] = [];
  const requests: unknown[] = [];
  const vm: NetworkedVm = {
    sandboxId: "0123456789ab",
    machine: {
      plugNetworkCard: async (card) => {
        calls.push(`vm: plug ${card.id}`);
        cards.push(card);
      },
    },
    configureInterfaces: async (request) => {
      calls.push("vm: configure interfaces");
      requests.push(request);
    },
  };
  return { vm, cards, requests };
}

t.test("moveNetDevices() moves each device to the monitor's namespace, and back in reverse", async (t) => {
  const monitor = await TestNetwork.make(t);
  const giveBack = new CleanupStack();
  const hosts = ["a", "b"].map((ifname) => ({ ...VETH, ifname, address: `02::${ifname}`, addr_info: [], flags: [] }));
  const { command, calls } = recordedNetwork({ host: hosts });
  const moves = hosts.map(({ ifname }) => ({ name: ifname, newName: `new-${ifname}` }));
  const moved = await moveNetDevices(moves, monitor.pid, giveBack, command);
  t.strictSame(
    moved.devices.map(({ name }) => name),
    ["new-a", "new-b"],
  );
  t.match(moved.namespace, new RegExp(`^/proc/${process.pid}/fd/\\d+$`));
  t.ok(calls.includes(`host: ip link set dev a netns ${moved.namespace} name new-a`));
  calls.length = 0;
  await giveBack.run();
  t.match(calls, [/set dev new-b netns .* name b$/, /set dev new-a netns .* name a$/]);
});

t.test("moveNetDevices() refuses devices that a guest couldn't tell apart", async (t) => {
  const monitor = await TestNetwork.make(t);
  const hosts = ["a", "b"].map((ifname) => ({ ...VETH, ifname, addr_info: [] }));
  const { command } = recordedNetwork({ host: hosts });
  const moves = hosts.map(({ ifname }) => ({ name: ifname, newName: ifname }));
  await t.rejects(moveNetDevices(moves, monitor.pid, new CleanupStack(), command), {
    code: "unsupported",
    message: "linux.netDevices: a and b have the same Ethernet address 02:00:00:00:00:07; give one of them another",
  });
});

t.test("moveNetDevices() doesn't move anything into the host's own namespace", async (t) => {
  const { command, calls } = recordedNetwork({ host: [VETH] });
  const moves = [{ name: "veth0", newName: "veth0" }];
  await t.rejects(moveNetDevices(moves, process.pid, new CleanupStack(), command), { code: "failed-precondition" });
  t.strictSame(calls, []);
});

t.test("plugNetDevices() plugs and joins each device before the guest is told of them", async (t) => {
  const network = recordedNetwork({});
  const { vm, cards, requests } = networkedVm(network);
  const devices = [device("lan0", "02:00:00:00:00:07"), device("lan1", "02:00:00:00:00:08")];
  const undo = new CleanupStack();
  await plugNetDevices({ namespace: NAMESPACE, devices }, vm, undo, LIVE, network.command);
  const order = network.calls.filter((call) => call.startsWith("vm: ") || call.endsWith(" up"));
  t.strictSame(order, [
    "vm: plug nic0",
    "container: ip link set dev tap0-0123456789 up",
    "vm: plug nic1",
    "container: ip link set dev tap1-0123456789 up",
    "vm: configure interfaces",
  ]);
  t.strictSame(cards[0], {
    id: "nic0",
    macAddress: "02:00:00:00:00:07",
    tap: { name: "tap0-0123456789", namespace: NAMESPACE },
  });
  t.match(requests, [
    {
      interfaces: [
        {
          macAddress: Uint8Array.of(2, 0, 0, 0, 0, 7),
          name: "lan0",
          mtu: 1400,
          addresses: [{ address: "192.0.2.7", prefixLength: 24, broadcast: "192.0.2.255" }],
        },
        { name: "lan1" },
      ],
    },
  ]);
  network.calls.length = 0;
  await undo.run();
  t.strictSame(network.calls, ["container: tc qdisc del dev lan1 ingress", "container: tc qdisc del dev lan0 ingress"]);
});
