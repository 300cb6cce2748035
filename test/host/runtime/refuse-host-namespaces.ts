import { spawn } from "node:child_process";
import { once } from "node:events";
import t from "tap";
import { type AskedContainer, refuseHostNamespaces } from "../../../src/host/runtime/refuse-host-namespaces.js";
import type { LinuxNamespace } from "../../../src/oci/linux.js";
import type { NamespaceType } from "../../../src/oci/tables/namespaces.js";

const ENGINES = "0123456789abcdef".repeat(4);
const ALL = ["mount", "network", "pid", "ipc", "uts"] as const;

function asked(namespaces: readonly LinuxNamespace[], more: Partial<AskedContainer> = {}): AskedContainer {
  return { id: "mine", spec: { linux: { namespaces } }, owners: {}, ...more };
}

function without(...types: NamespaceType[]): LinuxNamespace[] {
  return ALL.filter((type) => !types.includes(type)).map((type) => ({ type }));
}

t.test("refuseHostNamespaces() refuses what an engine leaves out for --network, --pid and --ipc host", async (t) => {
  for (const type of ["network", "pid", "ipc"] as const) {
    const expected = { code: "unsupported", message: new RegExp(`lists no ${type} .*host's.*--${type} host`) };
    const linux = { namespaces: without(type) };
    t.throws(() => refuseHostNamespaces(asked(without(type), { id: ENGINES })), expected);
    t.throws(() => refuseHostNamespaces(asked(without(type), { id: "buildah-buildah123" })), expected);
    t.throws(() => refuseHostNamespaces(asked([], { spec: { linux, annotations: { "a.b": "c" } } })), expected);
  }
  const named = { spec: { linux: { namespaces: without("network"), cgroupsPath: "/default/mine" } } };
  t.throws(() => refuseHostNamespaces(asked([], named)), { message: /no network namespace/ });
  t.throws(() => refuseHostNamespaces({ ...asked([]), id: ENGINES, spec: {} }), { message: /no network namespace/ });
});

t.test("refuseHostNamespaces() takes an engine's container with namespaces of its own", async (t) => {
  t.doesNotThrow(() => refuseHostNamespaces(asked(without(), { id: ENGINES })));
  t.doesNotThrow(() => refuseHostNamespaces(asked(without("uts"), { id: ENGINES })));
});

t.test("refuseHostNamespaces() takes unlisted namespaces for the guest's where no engine is at work", async (t) => {
  t.doesNotThrow(() => refuseHostNamespaces(asked(without("network", "pid", "ipc", "uts"))));
  const named = { spec: { linux: { namespaces: without("pid"), cgroupsPath: "/mine" } } };
  t.doesNotThrow(() => refuseHostNamespaces(asked([], named)));
});

t.test("refuseHostNamespaces() refuses the path of a namespace of the host's, but not another's", async (t) => {
  const own = asked([...without("network"), { type: "network", path: "/proc/self/ns/net" }]);
  const expected = { code: "unsupported", message: /the network namespace \/proc\/self\/ns\/net, which is the host's/ };
  t.throws(() => refuseHostNamespaces(own), expected);
  t.doesNotThrow(() => refuseHostNamespaces({ ...own, owners: { network: "another" } }));
  const other = spawn("unshare", ["--net", "cat"], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(other, "exit");
  other.stdin.write("up\n");
  await once(other.stdout, "data");
  const path = `/proc/${other.pid}/ns/net`;
  t.doesNotThrow(() => refuseHostNamespaces(asked([...without("network"), { type: "network", path }])));
  other.stdin.end();
  await ended;
});
