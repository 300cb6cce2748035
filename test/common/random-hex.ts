import t from "tap";
import { randomHex } from "../../src/common/random-hex.js";

t.test("randomHex() has two digits a byte, others each time", async (t) => {
  const all = Array.from({ length: 100 }, () => randomHex(16));
  for (const hex of all) t.match(hex, /^[0-9a-f]{32}$/);
  t.equal(new Set(all).size, all.length);
});
