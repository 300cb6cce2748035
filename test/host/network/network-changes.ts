import t from "tap";
import { isUnchanged, networkChanges } from "../../../src/host/network/network-changes.js";
import { EMPTY_VIEW, type NetworkView } from "../../../src/host/network/network-view.js";

function eth(number: number, mtu = 1500) {
  return { name: `eth${number}`, macAddress: `02:00:00:00:00:0${number}`, mtu, withoutIpv6: false };
}

function address(number: number, last: number) {
  const rest = { prefixLength: 24, broadcast: "", peer: "", withoutPrefixRoute: false };
  return { interface: `eth${number}`, address: `192.0.2.${last}`, ...rest };
}

function route(number: number, metric: number) {
  const rest = { destination: "0.0.0.0", prefixLength: 0, gateway: "", source: "", scope: 0, onLink: false };
  return { interface: `eth${number}`, metric, ...rest };
}

function neighbour(number: number) {
  return { interface: `eth${number}`, address: "192.0.2.1", macAddress: "02:00:00:00:00:99" };
}

const VIEW: NetworkView = {
  devices: ["lo", "eth0", "eth1"],
  interfaces: [eth(0), eth(1)],
  addresses: [address(0, 7), address(1, 8)],
  routes: [route(0, 0), route(1, 1)],
  neighbours: [neighbour(1)],
};
const NOTHING = { addresses: [], routes: [], neighbours: [] };

t.test("networkChanges() finds nothing where nothing has changed", (t) => {
  t.ok(isUnchanged(networkChanges(VIEW, structuredClone(VIEW))));
  t.ok(isUnchanged(networkChanges(EMPTY_VIEW, { ...EMPTY_VIEW, devices: ["lo"] })));
  t.end();
});

t.test("networkChanges() gives all of a network that is new", (t) => {
  const changes = networkChanges(EMPTY_VIEW, VIEW);
  const { addresses, routes, neighbours } = VIEW;
  t.strictSame(changes, {
    removedInterfaces: [],
    addedInterfaces: VIEW.interfaces,
    mtus: [],
    removed: NOTHING,
    added: { addresses, routes, neighbours },
  });
  t.notOk(isUnchanged(changes));
  t.end();
});

t.test("networkChanges() takes what was of an interface for gone with it", (t) => {
  const changes = networkChanges(VIEW, { ...EMPTY_VIEW, interfaces: [eth(0)], addresses: [address(0, 9)] });
  t.strictSame(changes.removedInterfaces, [eth(1)]);
  t.strictSame(changes.removed, { addresses: [address(0, 7)], routes: [route(0, 0)], neighbours: [] });
  t.strictSame(changes.added, { ...NOTHING, addresses: [address(0, 9)] });
  t.end();
});

t.test("networkChanges() takes a device of another address for another one, with all that it has", (t) => {
  const other = { ...eth(1), macAddress: "02:00:00:00:00:77" };
  const changes = networkChanges(VIEW, { ...VIEW, interfaces: [eth(0, 9000), other] });
  t.strictSame(changes.removedInterfaces, [eth(1)]);
  t.strictSame(changes.addedInterfaces, [other]);
  t.strictSame(changes.mtus, [eth(0, 9000)]);
  t.strictSame(changes.added, { addresses: [address(1, 8)], routes: [route(1, 1)], neighbours: [neighbour(1)] });
  t.end();
});
