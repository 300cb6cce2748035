import t from "tap";
import { runCli } from "../fixtures/run-cli.js";

const environment = [
  { name: "guest.vcpus", value: "1", origin: "default" },
  { name: "qemu.machine", value: "microvm", origin: "/etc/tskata/config.toml" },
];

t.test("env prints each setting with its origin", async (t) => {
  const { out, calls } = await runCli(["env"], { runtime: { environment } });
  t.equal(out, "guest.vcpus    1         (default)\nqemu.machine   microvm   (/etc/tskata/config.toml)\n");
  t.strictSame(calls, [["environment"]]);
});

t.test("env --json prints them as JSON", async (t) => {
  t.strictSame(JSON.parse((await runCli(["env", "--json"], { runtime: { environment } })).out), environment);
});
