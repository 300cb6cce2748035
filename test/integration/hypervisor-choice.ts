import t from "tap";
import { TestTskata } from "../support/tskata.js";

const ASKS = { annotations: { "io.tskata.hypervisor": "qemu" } };

t.test("an annotation that isn't allowed is refused before anything is made", async (t) => {
  const tskata = new TestTskata(t);
  const bundle = tskata.bundle(ASKS);
  t.match(await tskata.run(["create", "--bundle", bundle, tskata.newId()]), {
    status: 1,
    stderr: /io\.tskata\.hypervisor asks for the hypervisor 'qemu'.*allowed are none; set hypervisor\.allowed_by_annot/,
  });
  t.strictSame(await tskata.leaks(), []);
});

t.test("the option goes before the annotation, and that before the configuration", async (t) => {
  const tskata = new TestTskata(t, '[hypervisor]\nallowed_by_annotation = ["qemu"]\n');
  const run = async (options: readonly string[], bundle: string): Promise<string> => {
    const { status, text, stderr } = await tskata.run(
      ["--debug", ...options, "run", "--bundle", bundle, tskata.newId()],
      {},
    );
    t.equal(status, 0, stderr);
    t.equal(text, "in a VM");
    return stderr;
  };
  const process = { args: ["echo", "in a VM"] };
  const asking = tskata.bundle({ process, ...ASKS });
  t.match(await run([], asking), /hypervisor: qemu \(annotation io\.tskata\.hypervisor\)/);
  t.match(await run(["--hypervisor", "auto"], asking), /hypervisor: qemu \(automatic: /);
  t.match(await run(["--hypervisor", "qemu"], tskata.bundle({ process })), /hypervisor: qemu \(--hypervisor\)/);
  t.match(await tskata.ok(["--hypervisor", "qemu", "env"]), /^hypervisor +qemu +\(--hypervisor\)$/m);
});
