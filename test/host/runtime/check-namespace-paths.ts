import { join } from "node:path";
import t from "tap";
import { checkNamespacePaths } from "../../../src/host/runtime/check-namespace-paths.js";
import type { NamespaceType } from "../../../src/oci/tables/namespaces.js";

function check(type: NamespaceType, path: string): void {
  checkNamespacePaths({ namespaces: [{ type: "cgroup" }, { type, path }] });
}

t.test("checkNamespacePaths() takes a namespace of the type, or a file that may be one", async (t) => {
  for (const path of ["/proc/self/ns/net", "", join(t.testdir({ mounted: "" }), "mounted")]) {
    t.doesNotThrow(() => check("network", path), path);
  }
  t.doesNotThrow(() => check("ipc", "/proc/self/ns/ipc"));
});

t.test("checkNamespacePaths() refuses what isn't there, and a namespace of another type", async (t) => {
  const missing = { code: "not-found", message: /network namespace \/no\/net: no such file/ };
  t.throws(() => check("network", "/no/net"), missing);
  const other = { code: "invalid-argument", message: /is of type pid, expected net$/ };
  t.throws(() => check("network", "/proc/self/ns/pid"), other);
});

t.test("checkNamespacePaths() refuses a mount namespace", async (t) => {
  t.throws(() => check("mount", "/proc/self/ns/mnt"), { code: "unsupported", message: /leave the path out$/ });
});
