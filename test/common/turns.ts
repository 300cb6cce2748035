import t from "tap";
import { Turns } from "../../src/common/turns.js";

t.test("Turns.take() lets one work after the other, past one that failed", async (t) => {
  const turns = new Turns();
  const seen: string[] = [];
  const failure = new Error("no");
  const first = turns.take(async () => {
    seen.push("first begins");
    await Promise.resolve();
    seen.push("first ends");
    throw failure;
  });
  const second = turns.take(async () => {
    seen.push("second");
    return 2;
  });
  await t.rejects(first, failure);
  t.equal(await second, 2);
  t.same(seen, ["first begins", "first ends", "second"]);
});
