import { join } from "node:path";
import { parse } from "smol-toml";
import t from "tap";
import { criDaemons } from "../../../scripts/install/node/cri-daemons.js";

const names = (root: string) => criDaemons(root, "/usr/local/bin/tskata").map(({ name }) => name);

t.test("criDaemons() are those that a machine has, or else containerd", async (t) => {
  const root = t.testdir({
    none: { etc: {} },
    containerd: { etc: { containerd: {} } },
    crio: { etc: { crio: {} } },
    both: { etc: { containerd: {}, crio: {} } },
  });
  t.strictSame(names(join(root, "none")), ["containerd"]);
  t.strictSame(names(join(root, "containerd")), ["containerd"]);
  t.strictSame(names(join(root, "crio")), ["crio"]);
  t.strictSame(names(join(root, "both")), ["containerd", "crio"]);
});

t.test("CRI-O has the runtime in a file of its own", async (t) => {
  const [crio] = criDaemons(t.testdir({ etc: { crio: {} } }), "/usr/local/bin/tskata");
  t.equal(crio?.file, "etc/crio/crio.conf.d/50-tskata.conf");
  const runtimes = { tskata: { runtime_path: "/usr/local/bin/tskata", runtime_type: "oci" } };
  t.same(parse(crio?.add("") ?? ""), { crio: { runtime: { drop_infra_ctr: false, runtimes } } });
  t.equal(crio?.add(crio.add("")), crio?.add(""), "once is enough");
  t.equal(crio?.remove(crio.add("")), "");
});
