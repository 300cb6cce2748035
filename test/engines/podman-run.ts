import t from "tap";
import { IMAGE, Podman } from "./support/podman.js";
import { unlessInstalled } from "./support/installed.js";

t.test("Podman runs containers", { skip: unlessInstalled("podman") }, async (t) => {
  const podman = await Podman.start(t);
  const run = (...args: string[]) => podman.run(["run", "--rm", ...args]);

  t.match(await run(IMAGE, "sh", "-c", "echo out; echo err >&2; exit 7"), { status: 7, text: "out", stderr: "err\n" });
  t.match(await podman.run(["run", "--rm", "-i", IMAGE, "cat"], { input: "typed" }), { status: 0, text: "typed" });
});
