import t from "tap";
import { partDevices } from "../../../src/host/network/part-devices.js";
import { NAMESPACE, recordedNetwork } from "./fixtures/recorded-network.js";

t.test("partDevices() parts those that are joined, and leaves others alone", async (t) => {
  const disciplines = [
    { ifname: "", kind: "noqueue", dev: "lan0" },
    { ifname: "", kind: "ingress", dev: "lan0" },
    { ifname: "", kind: "fq_codel", dev: "lan1" },
    { ifname: "", kind: "ingress", dev: "other" },
  ];
  const { command, calls } = recordedNetwork({ container: disciplines });
  await partDevices(command, NAMESPACE, ["lan0", "lan1", "gone"]);
  t.strictSame(calls, ["container: tc qdisc del dev lan0 ingress"]);
});
