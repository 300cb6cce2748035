import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

t.test("restore passes on where the checkpoint is and where the terminal goes", async (t) => {
  const args = ["-d", "-b", "/b", "--image-path", "/i", "--console-socket", "/s", "--pid-file", "/p", "--no-pivot"];
  const { status, calls } = await runCli(["restore", ...args, "--ext-unix-sk", "one"]);
  t.equal(status, 0);
  t.match(calls, [
    [
      "restoreContainer",
      {
        ...{ id: "one", bundle: "/b", detach: true, consoleSocket: "/s", pidFile: "/p", paths: { imagePath: "/i" } },
        criu: { tcpEstablished: false, extUnixSk: true, shellJob: false, fileLocks: false },
      },
    ],
  ]);
});

t.test("restore ends with the status of the container", async (t) => {
  const runtime = { restoreContainer: 7 };
  t.equal((await runCli(["restore", "one"], { runtime })).status, 7);
});

t.test("restore refuses what isn't built", async (t) => {
  t.match(await runCli(["restore", "--lazy-pages", "one"]), {
    status: 1,
    error: /restore one: --lazy-pages is not supported/,
    calls: [],
  });
});
