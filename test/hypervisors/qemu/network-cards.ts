import t, { type Test } from "tap";
import type { NetworkCard, Tap } from "../../../hypervisors/hypervisor.js";
import { NetworkCards } from "../../../hypervisors/qemu/network-cards.js";
import { type Answer, stubMonitor } from "./fixtures/stub-monitor.js";

function card(number: number): NetworkCard {
  const tap = { name: `tap${number}`, namespace: "/proc/1/ns/net" };
  return { id: `nic${number}`, macAddress: `02:00:00:00:00:0${number}`, tap };
}

/** A VM with two ports, and the taps that were made for it. */
async function machine(t: Test, answers: Readonly<Record<string, Answer>> = {}, hasVhost = false) {
  const monitor = await stubMonitor(t, answers);
  const taps: Tap[] = [];
  const cards = new NetworkCards({
    client: monitor.client,
    cardPorts: ["port0", "port1"],
    sendTap: async (tap, line) => {
      taps.push(tap);
      monitor.hear(line);
    },
    sendVhost: hasVhost ? async (line) => monitor.hear(line) : undefined,
  });
  return { ...monitor, cards, taps };
}

t.test("plug() sends the tap, makes it the card's other end, and plugs the card into the next port", async (t) => {
  const { cards, commands, taps } = await machine(t);
  await cards.plug("plug", card(0));
  await cards.plug("plug", card(1));
  t.strictSame(taps, [card(0).tap, card(1).tap]);
  t.strictSame(commands.slice(0, 3), [
    ["getfd", { fdname: "nic0" }],
    ["netdev_add", { type: "tap", id: "nic0", fd: "nic0" }],
    [
      "device_add",
      {
        driver: "virtio-net-pci",
        id: "nic0",
        netdev: "nic0",
        mac: "02:00:00:00:00:00",
        bus: "port0",
        romfile: "",
        status: false,
      },
    ],
  ]);
  t.match(commands.at(-1), ["device_add", { id: "nic1", bus: "port1" }]);
});

t.test("plug() has the host's kernel move packets, with a vhost-net of each card's own", async (t) => {
  const { cards, commands } = await machine(t, {}, true);
  await cards.plug("plug", card(0));
  t.strictSame(commands.slice(0, 3), [
    ["getfd", { fdname: "nic0" }],
    ["getfd", { fdname: "nic0-vhost" }],
    ["netdev_add", { type: "tap", id: "nic0", fd: "nic0", vhost: true, vhostfd: "nic0-vhost" }],
  ]);
});

t.test("plug() refuses a card that there is no port for", async (t) => {
  const { cards, taps } = await machine(t);
  await cards.plug("plug", card(0));
  await cards.plug("plug", card(1));
  await t.rejects(cards.plug("plug 02:00:00:00:00:02", card(2)), {
    code: "unsupported",
    message: "plug 02:00:00:00:00:02: the VM was started with room for 2 network cards; create the container anew",
  });
  t.equal(taps.length, 2);
});

t.test("plug() leaves nothing of a card that QEMU doesn't take, and its port to the next", async (t) => {
  let refuses = true;
  const { cards, commands } = await machine(t, {
    device_add: () => {
      if (refuses) throw new Error("no");
    },
  });
  await t.rejects(cards.plug("plug", card(0)), { code: "command-failed" });
  t.strictSame(commands.at(-1), ["netdev_del", { id: "nic0" }]);
  refuses = false;
  await cards.plug("plug", card(1));
  t.match(commands.at(-1), ["device_add", { bus: "port0" }]);
});
