import t from "tap";
import { bootCards } from "../../../hypervisors/kvmtool/boot-cards.js";

t.test("bootCards() have addresses of their own, administered locally", async (t) => {
  const cards = bootCards(3);
  t.strictSame(
    cards.map(({ tap }) => tap),
    ["tap0", "tap1", "tap2"],
  );
  t.equal(new Set(cards.map(({ macAddress }) => macAddress)).size, 3);
  for (const { macAddress } of cards) t.match(macAddress, /^02(:[0-9a-f]{2}){5}$/);
});
