import t from "tap";
import { NetworkCards } from "../../../hypervisors/kvmtool/network-cards.js";
import { TestNetwork } from "../../support/test-network.js";

t.test("a card is plugged by moving its tap, and unplugged by moving it back", async (t) => {
  const [own, other] = [await TestNetwork.make(t), await TestNetwork.make(t)];
  const boot = [0, 1].map((index) => ({ tap: `tap${index}`, macAddress: `02:00:00:00:01:0${index}` }));
  for (const { tap } of boot) own.run("ip", "tuntap", "add", tap, "mode", "tap");
  const cards = new NetworkCards(own.path, boot);
  const card = (number: number): Parameters<NetworkCards["plug"]>[1] => ({
    id: `nic${number}`,
    macAddress: `02:00:00:00:00:0${number}`,
    tap: { name: `tap${number}-test`, namespace: other.path },
  });
  t.equal(await cards.plug("plug", card(1)), "02:00:00:00:01:00");
  t.equal(await cards.plug("plug", card(2)), "02:00:00:00:01:01");
  t.strictSame(Object.keys(other.devices()), ["tap1-test", "tap2-test"]);
  await t.rejects(cards.plug("plug", card(3)), { code: "unsupported", message: /room for 2 network cards/ });
  await cards.unplug("unplug", "nic1");
  t.strictSame([Object.keys(own.devices()), Object.keys(other.devices())], [["tap0"], ["tap2-test"]]);
  await t.rejects(cards.unplug("unplug", "nic1"), { code: "not-found" });
  const nowhere = { ...card(3), tap: { name: "tap3-test", namespace: "/nonexistent" } };
  await t.rejects(cards.plug("plug it", nowhere), { code: "unavailable", message: /^plug it: move the tap tap0: / });
  t.equal(await cards.plug("plug", card(3)), "02:00:00:00:01:00", "what could not be plugged is free");
});
