import t from "tap";
import { watchAgent } from "../../../src/host/sandbox/watchdog.js";

/** Watches an agent that answers so many questions, and says how often it was asked and what came of it. */
async function watch(answers: number): Promise<{ asked: number; silence: unknown }> {
  let asked = 0;
  return new Promise((resolve) => {
    const keepAlive = setInterval(() => undefined, 1000);
    watchAgent(
      1,
      async () => {
        asked += 1;
        if (asked > answers) throw new Error("no answer");
      },
      (silence) => {
        clearInterval(keepAlive);
        resolve({ asked, silence });
      },
    );
  });
}

t.test("watchAgent() asks again after each answer, and tells of the first silence once", async (t) => {
  t.match(await watch(0), { asked: 1, silence: { message: "no answer" } });
  t.match(await watch(3), { asked: 4, silence: { message: "no answer" } });
});

t.test("watchAgent() that was stopped tells of no silence, a question under way included", async (t) => {
  let fail: (error: Error) => void = () => undefined;
  let told = false;
  const question = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const asked = new Promise<() => void>((resolve) => {
    const keepAlive = setInterval(() => undefined, 1000);
    const stop = watchAgent(
      1,
      () => {
        clearInterval(keepAlive);
        resolve(stop);
        return question;
      },
      () => {
        told = true;
      },
    );
  });
  const stop = await asked;
  stop();
  fail(new Error("late"));
  await t.rejects(question);
  t.notOk(told);
});
