import t from "tap";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";

t.test("Docker runs containers", { skip: unlessInstalled("docker") }, async (t) => {
  const docker = await Docker.start(t);
  const run = (...args: string[]) => docker.run(["run", "--rm", ...args]);

  t.match(await run(IMAGE, "sh", "-c", "echo out; echo err >&2; exit 7"), { status: 7, text: "out", stderr: "err\n" });
  t.match(await docker.run(["run", "--rm", "-i", IMAGE, "cat"], { input: "typed" }), { status: 0, text: "typed" });
});
