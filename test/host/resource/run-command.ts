import t from "tap";
import { runCommand } from "../../../src/host/resource/run-command.js";

t.test("runCommand() gives the output, or an error that says what it was for", async (t) => {
  t.equal(await runCommand("say hello", "echo", ["hello"]), "hello\n");
  await t.rejects(runCommand("mount x", "sh", ["-c", "echo no such device >&2; exit 32"]), {
    code: "internal",
    message: "mount x: sh failed: no such device",
  });
  await t.rejects(runCommand("mount x", "/no/such/program", []), {
    code: "not-found",
    message: "mount x: the program /no/such/program is not installed",
  });
});

t.test("runCommand() ends with its signal's reason, and the program with it", async (t) => {
  const giveUp = new AbortController();
  const work = runCommand("wait", "sleep", ["1000"], { signal: giveUp.signal });
  giveUp.abort(new Error("enough"));
  await t.rejects(work, { message: "enough" });
});
