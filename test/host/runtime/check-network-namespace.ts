import { join } from "node:path";
import t from "tap";
import { checkNetworkNamespace } from "../../../src/host/runtime/check-network-namespace.js";

function check(path: string): void {
  checkNetworkNamespace({
    namespaces: [
      { type: "pid", path: "/no/such" },
      { type: "network", path },
    ],
  });
}

t.test("checkNetworkNamespace() takes a network namespace, or a file that may be one", async (t) => {
  for (const path of ["/proc/self/ns/net", "", join(t.testdir({ mounted: "" }), "mounted")]) {
    t.doesNotThrow(() => check(path), path);
  }
});

t.test("checkNetworkNamespace() refuses what isn't there, and a namespace of another type", async (t) => {
  t.throws(() => check("/no/net"), { code: "not-found", message: /network namespace \/no\/net: no such file/ });
  t.throws(() => check("/proc/self/ns/pid"), { code: "invalid-argument", message: /is of type pid, expected net$/ });
});
