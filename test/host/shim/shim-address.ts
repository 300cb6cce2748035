import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import t from "tap";
import { parseInvocation } from "../../../src/host/shim/invocation.js";
import { isServed, shimGroup, shimSocket } from "../../../src/host/shim/shim-address.js";
import { shortDirectory } from "../../support/short-directory.js";

const invocation = (id: string, bundle = "/") =>
  parseInvocation(["-namespace", "n", "-id", id, "-bundle", bundle, "-address", "/c.sock", "start"], {});

t.test(
  "shimSocket() is where containerd's own shims have theirs: a hash of containerd, namespace and group",
  async (t) => {
    const hash = "3a6ebd2ef3b4a0cc1e0a1bb3b3d2d5d2f0c0a7ce0ff2bbfd8c3d5d3e2b3a6f3a".length;
    t.match(shimSocket(invocation("a"), "a"), new RegExp(`^/run/containerd/s/[0-9a-f]{${hash}}$`));
    t.equal(shimSocket(invocation("a"), "pod"), shimSocket(invocation("b"), "pod"));
    t.not(shimSocket(invocation("a"), "a"), shimSocket(invocation("a"), "b"));
  },
);

t.test("shimGroup() is the pod's, or the container's own", async (t) => {
  const bundle = t.testdir();
  const group = (config: string): string => {
    writeFileSync(join(bundle, "config.json"), config);
    return shimGroup(invocation("own", bundle));
  };
  t.equal(group("{}"), "own");
  t.equal(group('{"annotations": {"io.kubernetes.cri.sandbox-id": "pod"}}'), "pod");
  t.equal(
    group('{"annotations": {"io.kubernetes.cri.sandbox-id": "pod", "io.containerd.runc.v2.group": "group"}}'),
    "group",
  );
  t.throws(() => group("{"), { code: "invalid-argument", message: /^start own: read .*config\.json/ });
  t.equal(shimGroup(invocation("own", join(bundle, "none"))), "own", "a sandbox has no config.json");
});

t.test("isServed() tells a socket that somebody listens on from one that was left, and from none", async (t) => {
  const path = join(shortDirectory(t), "s");
  t.notOk(await isServed(path));
  const server = createServer().listen(path);
  await once(server, "listening");
  t.ok(await isServed(path));
  server.close();
  await once(server, "close");
  writeFileSync(path, "");
  t.notOk(await isServed(path));
});
