import { parse } from "smol-toml";
import t from "tap";
import { addContainerdRuntime, removeContainerdRuntime } from "../../../scripts/install/node/containerd-runtime.js";

const DEBIANS = `version = 2

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/usr/lib/cni"
`;
const RUNTIME = { tskata: { runtime_type: "io.containerd.tskata.v2" } };

t.test("addContainerdRuntime() keeps what is there, and removeContainerdRuntime() leaves it", async (t) => {
  const added = addContainerdRuntime(DEBIANS);
  t.match(parse(added), {
    plugins: { "io.containerd.grpc.v1.cri": { cni: { bin_dir: "/usr/lib/cni" }, containerd: { runtimes: RUNTIME } } },
  });
  t.equal(addContainerdRuntime(added), added, "once is enough");
  t.equal(removeContainerdRuntime(added), DEBIANS);
  t.equal(removeContainerdRuntime(DEBIANS), DEBIANS);
});

t.test("addContainerdRuntime() keeps what came behind", async (t) => {
  const more = `${addContainerdRuntime(DEBIANS)}[debug]\nlevel = "debug"\n`;
  t.match(parse(addContainerdRuntime(more)), { debug: { level: "debug" } });
  t.equal(removeContainerdRuntime(more), `${DEBIANS}[debug]\nlevel = "debug"\n`);
});

t.test("addContainerdRuntime() has each version's own place", async (t) => {
  const of3 = { version: 3, plugins: { "io.containerd.cri.v1.runtime": { containerd: { runtimes: RUNTIME } } } };
  t.match(parse(addContainerdRuntime("version = 3\n")), of3);
  const of2 = { version: 2, plugins: { "io.containerd.grpc.v1.cri": { containerd: { runtimes: RUNTIME } } } };
  t.match(parse(addContainerdRuntime("")), of2, "where there was no file");
});

t.test("addContainerdRuntime() refuses what it can't add to", async (t) => {
  const theirs = `version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tskata]\nruntime_type = "other"\n`;
  t.throws(() => addContainerdRuntime(theirs), { code: "already-exists", message: /isn't the installer's/ });
  for (const old of ["version = 1\n", "root = '/x'\n", "version = 4\n"]) {
    t.throws(() => addContainerdRuntime(old), { code: "invalid-argument", message: /2 or 3 was expected/ });
  }
  t.throws(() => addContainerdRuntime("version =\n"), { code: "invalid-argument", message: /no TOML/ });
});
