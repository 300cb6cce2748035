import t from "tap";
import { openWayToLoopback } from "../../../src/host/network/way-to-loopback.js";
import { NAMESPACE, recordedNetwork } from "./fixtures/recorded-network.js";

const FILTER = "filter add dev eth0 parent ffff: protocol all pref 5 u32";

t.test("openWayToLoopback() keeps out what comes by the device before the tap may carry it", async (t) => {
  const { command, calls } = recordedNetwork({});
  await openWayToLoopback(command, NAMESPACE, "eth0", "tap0-vm");
  t.strictSame(calls.slice(0, 5), [
    "container: tc -batch -",
    `${FILTER} match u16 0x0800 0xffff at -2 match u32 0x7f000000 0xff000000 at 12 flowid :1`,
    `${FILTER} match u16 0x0800 0xffff at -2 match u32 0x7f000000 0xff000000 at 16 flowid :1`,
    `${FILTER} match u16 0x8100 0xffff at -2 flowid :1`,
    `${FILTER} match u16 0x88a8 0xffff at -2 flowid :1`,
  ]);
  t.match(calls[5], /^container: sh -c .* route_localnet eth0 tap0-vm$/);
});

t.test("openWayToLoopback() doesn't open what it can't keep closed to others", async (t) => {
  const { command, calls } = recordedNetwork({}, /tc -batch/);
  const message = "open a way to the VM's loopback by tap0-vm: no";
  await t.rejects(openWayToLoopback(command, NAMESPACE, "eth0", "tap0-vm"), { message });
  t.notMatch(calls.join("\n"), "route_localnet");
});
