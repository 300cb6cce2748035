import { spawn } from "node:child_process";
import { once } from "node:events";
import t from "tap";
import { markedProcesses, withDescendants } from "../../../bench/memory/marked-processes.js";

t.test("descendants of a marked process are found in any order of their entries", async (t) => {
  const entries = [
    { pid: 4, parent: 3, words: "" },
    { pid: 3, parent: 2, words: "" },
    { pid: 2, parent: 1, words: "the mark" },
    { pid: 5, parent: 1, words: "" },
  ];
  const found = withDescendants(entries, ({ words }) => words.includes("mark"));
  t.strictSame(
    found.toSorted((a, b) => a - b),
    [2, 3, 4],
  );
});

t.test("a process is found by its environment, and its child that has neither", async (t) => {
  const marker = `marked-${process.pid}-here/`;
  const script = 'env -i sh -c "echo \\$\\$; read line; :"; :';
  const child = spawn("sh", ["-c", script], {
    env: { ...process.env, MARK: marker },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  t.strictSame(new Set(markedProcesses(marker)), new Set([child.pid, Number(line)]));
  child.stdin.end("\n");
  await ended;
  t.strictSame(markedProcesses(marker), []);
});
