import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

t.test("create takes the working directory as the bundle", async (t) => {
  const { status, calls, out } = await runCli(["create", "one"]);
  t.equal(status, 0);
  t.strictSame(calls, [["createContainer", { id: "one", bundle: ".", preserveFds: 0 }]]);
  t.equal(out, "");
});

t.test("create hands on every option that has an effect, and takes the others", async (t) => {
  const files = ["--console-socket", "/c.sock", "--pid-file", "/pid", "--preserve-fds", "2"];
  const { calls } = await runCli(["create", "-b", "/b", ...files, "--no-pivot", "--no-new-keyring", "one"]);
  const options = { id: "one", bundle: "/b", preserveFds: 2, consoleSocket: "/c.sock", pidFile: "/pid" };
  t.strictSame(calls, [["createContainer", options]]);
});

t.test("create refuses a number of descriptors that is none", async (t) => {
  for (const value of ["-1", "many", "1.5"]) {
    const { status, calls } = await runCli(["create", `--preserve-fds=${value}`, "one"]);
    t.equal(status, 1);
    t.strictSame(calls, []);
  }
});
