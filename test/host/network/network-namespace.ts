import { readlinkSync } from "node:fs";
import t from "tap";
import { networkCommand } from "../../../src/host/network/network-command.js";
import { findDevice } from "../../../src/host/network/network-device.js";
import {
  hasNetworkDevices,
  holdNetworkNamespace,
  OWN_NETWORK_NAMESPACE,
} from "../../../src/host/network/network-namespace.js";
import { TestNetwork } from "../../support/test-network.js";

t.test("holdNetworkNamespace() gives a path that outlasts who was in it", async (t) => {
  const network = await TestNetwork.make(t);
  const identity = readlinkSync(network.path);
  const path = holdNetworkNamespace(`/proc/${network.pid}/ns/net`) ?? "";
  await network.end();
  t.equal(readlinkSync(path), identity);
  t.equal(await networkCommand("look", path, ["readlink", "/proc/self/ns/net"]), `${identity}\n`);
});

t.test("holdNetworkNamespace() gives nothing of this process's own", (t) => {
  t.equal(holdNetworkNamespace(OWN_NETWORK_NAMESPACE), undefined);
  t.end();
});

t.test("hasNetworkDevices() says whether there is more than lo", async (t) => {
  const [network, other] = [await TestNetwork.make(t), await TestNetwork.make(t)];
  t.equal(hasNetworkDevices(network.pid), false);
  network.connect("lo0", other, "veth1");
  t.equal(hasNetworkDevices(network.pid), true);
});

t.test("findDevice() reads what ip(8) really shows", async (t) => {
  const [network, other] = [await TestNetwork.make(t), await TestNetwork.make(t)];
  network.connect("veth0", other, "veth1");
  network.run("ip", "link", "set", "dev", "veth0", "address", "02:00:00:00:00:07", "mtu", "1400");
  network.run("ip", "address", "add", "192.0.2.7/24", "broadcast", "+", "dev", "veth0");
  network.run("ip", "address", "add", "192.0.2.8/24", "valid_lft", "1000", "preferred_lft", "1000", "dev", "veth0");
  network.run("ip", "address", "add", "127.0.0.33/32", "scope", "host", "dev", "veth0");
  t.strictSame(await findDevice(networkCommand, network.path, "veth0"), {
    name: "veth0",
    linkType: "ether",
    macAddress: "02:00:00:00:00:07",
    mtu: 1400,
    isUp: false,
    addresses: [
      { address: "127.0.0.33", prefixLength: 32, scope: "host" },
      { address: "192.0.2.7", prefixLength: 24, scope: "global", broadcast: "192.0.2.255" },
    ],
  });
  t.match(await findDevice(networkCommand, network.path, "lo"), { linkType: "loopback", addresses: [] });
  t.equal(await findDevice(networkCommand, network.path, "veth1"), undefined);
});
