import t from "tap";
import { releaseFilesWhenCrowded } from "../../../src/host/sandbox/release-files.js";

/** An agent whose answers are given by the test, and a server that asks when it is told to. */
function setUp(): { ask: () => void; answers: ((error?: Error) => void)[]; lines: string[] } {
  const answers: ((error?: Error) => void)[] = [];
  const lines: string[] = [];
  let ask: () => void = () => undefined;
  const server = { onCrowded: (listener: () => void) => (ask = listener) };
  const agent = {
    releaseFiles: () =>
      new Promise<Record<string, never>>((resolve, reject) => {
        answers.push((error) => (error === undefined ? resolve({}) : reject(error)));
      }),
  };
  releaseFilesWhenCrowded(server, agent, (line) => lines.push(line));
  return { ask: () => ask(), answers, lines };
}

const settled = (): Promise<void> => new Promise(setImmediate);

t.test("releaseFilesWhenCrowded() asks the guest once at a time", async (t) => {
  const { ask, answers, lines } = setUp();
  ask();
  ask();
  t.equal(answers.length, 1);
  answers[0]?.();
  await settled();
  ask();
  t.equal(answers.length, 2);
  answers[1]?.();
  await settled();
  t.same(lines, []);
});

t.test("releaseFilesWhenCrowded() logs a failure, and asks again the next time", async (t) => {
  const { ask, answers, lines } = setUp();
  ask();
  answers[0]?.(new Error("no such call"));
  await settled();
  t.same(lines, ["no such call"]);
  ask();
  t.equal(answers.length, 2);
  answers[1]?.();
});
