import t from "tap";
import { deviceMoves, keptDevices } from "../../../src/host/runtime/device-moves.js";

const netDevices = { eth0: {}, eth1: { name: "lan0" }, eth2: { name: "" } };

t.test("deviceMoves() keep a name where none is given", (t) => {
  t.strictSame(deviceMoves({ netDevices }), [
    { name: "eth0", newName: "eth0" },
    { name: "eth1", newName: "lan0" },
    { name: "eth2", newName: "eth2" },
  ]);
  t.strictSame(deviceMoves({}), []);
  t.end();
});

t.test("keptDevices() are those in a namespace that has a path", (t) => {
  const namespaces = [{ type: "network", path: "/run/netns/a" }] as const;
  t.strictSame(keptDevices({ netDevices, namespaces }), { namespace: "/run/netns/a", names: ["eth0", "lan0", "eth2"] });
  t.strictSame(keptDevices({ namespaces }), { namespace: "/run/netns/a", names: [] }, "an engine's may come");
  t.equal(keptDevices({ netDevices, namespaces: [{ type: "network" }] }), undefined);
  t.end();
});
