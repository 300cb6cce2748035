import t from "tap";
import { pollUntil } from "../../src/common/poll-until.js";

t.test("pollUntil() looks until it is so, and no more", async (t) => {
  let looks = 0;
  await pollUntil(async () => (looks += 1) === 3, 1);
  t.equal(looks, 3);
  await pollUntil(() => true, 1, AbortSignal.abort());
  t.equal(looks, 3, "what is so already is not waited for");
});

t.test("pollUntil() gives up by its signal, and where a look fails", async (t) => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const look = (): boolean => {
    controller.abort(reason);
    return false;
  };
  await t.rejects(pollUntil(look, 1, controller.signal), reason);
  await t.rejects(
    pollUntil(async () => {
      throw reason;
    }, 1),
    reason,
  );
});
