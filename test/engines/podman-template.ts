import t from "tap";
import { IMAGE, Podman } from "./support/podman.js";
import { unlessInstalled } from "./support/installed.js";

t.test("Podman's first container finds no template", { skip: unlessInstalled("podman") }, async (t) => {
  const podman = await Podman.start(t, { template: false });
  const { world } = podman;
  const templates = async () =>
    JSON.parse(await world.ok([world.runtime, "template", "list", "--format", "json"])) as { key: string }[];

  await t.test("it ends, with all that was started for it, and leaves a template", async (t) => {
    t.match(await podman.run(["run", "--rm", "--network", "none", IMAGE, "echo", "said"]), { status: 0, text: "said" });
    t.same(await world.leaks(), []);
    t.equal((await templates()).length, 1);
  });

  await t.test("the next one's VM is cloned from that", async (t) => {
    t.match(await podman.run(["run", "--rm", "--network", "none", IMAGE, "echo", "said"]), { status: 0, text: "said" });
    t.equal((await templates()).length, 1);
  });

  await t.test("and a template that is made by hand serves from then on", async (t) => {
    const [ofFiles] = await templates();
    await world.ok([world.runtime, "template", "create"]);
    await world.ok([world.runtime, "template", "remove", ofFiles?.key ?? ""]);
    const before = await templates();
    t.equal(before.length, 1);
    t.match(await podman.run(["run", "--rm", "--network", "none", IMAGE, "echo", "said"]), { status: 0, text: "said" });
    t.same(await templates(), before, "no other is made");
  });
});
