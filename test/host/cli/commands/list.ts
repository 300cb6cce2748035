import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

const running = {
  ociVersion: "1.3.0",
  id: "a-name-of-some-length",
  pid: 4711,
  status: "running" as const,
  bundle: "/bundles/one",
  rootfs: "/bundles/one/rootfs",
  created: "2026-01-02T03:04:05.678Z",
  owner: "root",
};
const { pid: _pid, ...rest } = running;
const stopped = { ...rest, id: "b", status: "stopped" as const };
const answers = { runtime: { listContainers: [running, stopped] } };

t.test("list prints the columns that runc has", async (t) => {
  const { out } = await runCli(["list"], answers);
  t.equal(
    out,
    [
      "ID                      PID         STATUS      BUNDLE         CREATED                    OWNER",
      "a-name-of-some-length   4711        running     /bundles/one   2026-01-02T03:04:05.678Z   root",
      "b                       0           stopped     /bundles/one   2026-01-02T03:04:05.678Z   root",
      "",
    ].join("\n"),
  );
});

t.test("list prints names or JSON", async (t) => {
  t.equal((await runCli(["list", "--quiet"], answers)).out, "a-name-of-some-length\nb\n");
  t.strictSame(JSON.parse((await runCli(["list", "-f", "json"], answers)).out), [running, stopped]);
});

t.test("list of no containers is an empty one", async (t) => {
  const none = { runtime: { listContainers: [] } };
  t.equal((await runCli(["list", "-q"], none)).out, "");
  t.equal((await runCli(["list", "--format=json"], none)).out, "[]\n");
  t.equal((await runCli(["list"], none)).out.split("\n").length, 2);
});

t.test("list refuses another format", async (t) => {
  t.match(await runCli(["list", "--format", "yaml"], answers), {
    status: 1,
    calls: [],
    error: /Allowed choices are table, json/,
  });
});
