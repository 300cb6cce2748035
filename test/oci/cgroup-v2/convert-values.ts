import t from "tap";
import { ioWeight, limitText, swapText, weightOfShares } from "../../../src/oci/cgroup-v2/convert-values.js";

t.test("limitText() leaves 0 out and writes -1 as max", async (t) => {
  t.equal(limitText(undefined), undefined);
  t.equal(limitText(0), undefined);
  t.equal(limitText(-1), "max");
  t.equal(limitText(9223372036854771712n), "9223372036854771712");
});

t.test("weightOfShares() keeps the ends and the default of both scales", async (t) => {
  t.equal(weightOfShares(0), 1);
  t.equal(weightOfShares(2), 1);
  t.equal(weightOfShares(512), 59);
  t.equal(weightOfShares(1024), 100);
  t.equal(weightOfShares(262144), 10000);
  t.equal(weightOfShares(2n ** 40n), 10000);
});

t.test("ioWeight() maps 10 to 1000 onto 1 to 10000", async (t) => {
  t.equal(ioWeight(10), 1);
  t.equal(ioWeight(500), 4950);
  t.equal(ioWeight(1000), 10000);
  for (const weight of [9, 1001]) {
    t.throws(() => ioWeight(weight), { code: "invalid-argument", message: `found ${weight}, expected 10 to 1000` });
  }
});

t.test("swapText() takes the memory out of the sum", async (t) => {
  t.equal(swapText({ limit: 64, swap: 100 }), "36");
  t.equal(swapText({ limit: 64, swap: 64 }), "0");
  t.equal(swapText({ limit: 64, swap: -1 }), "max");
  t.equal(swapText({ limit: 64 }), undefined);
  t.equal(swapText({ limit: -1 }), "max");
  t.equal(swapText({ swap: 0 }), undefined);
  t.equal(swapText({ limit: 2n ** 62n, swap: 2n ** 62n + 1n }), "1");
});

t.test("swapText() refuses limits that contradict each other", async (t) => {
  const invalid = { code: "invalid-argument" };
  t.throws(() => swapText({ swap: 100 }), invalid);
  t.throws(() => swapText({ swap: 100, limit: -1 }), invalid);
  t.throws(() => swapText({ swap: 100, limit: -5 }), invalid);
  t.throws(() => swapText({ swap: 100, limit: 101 }), invalid);
});
