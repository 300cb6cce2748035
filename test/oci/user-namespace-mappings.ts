import t from "tap";
import type { Linux } from "../../src/oci/linux.js";
import { makesUserNamespace, userNamespaceMappings } from "../../src/oci/user-namespace-mappings.js";

const OWN = [{ containerID: 0, hostID: 1000, size: 10 }];
const IDENTITY = [{ containerID: 0, hostID: 0, size: 4294967295 }];
const NEW: Linux = { namespaces: [{ type: "pid" }, { type: "user", path: "" }] };

t.test("userNamespaceMappings() maps every id to itself in a new namespace, uids and gids each", async (t) => {
  t.same(userNamespaceMappings(NEW), { uids: IDENTITY, gids: IDENTITY });
  t.same(userNamespaceMappings({ ...NEW, uidMappings: OWN }), { uids: OWN, gids: IDENTITY });
  t.same(userNamespaceMappings({ ...NEW, uidMappings: [], gidMappings: OWN }), { uids: IDENTITY, gids: OWN });
  t.same(userNamespaceMappings({ ...NEW, uidMappings: OWN, gidMappings: OWN }), { uids: OWN, gids: OWN });
});

t.test("userNamespaceMappings() knows of a namespace that exists what the document says", async (t) => {
  const joined: Linux = { namespaces: [{ type: "user", path: "/proc/1/ns/user" }] };
  t.same(userNamespaceMappings(joined), { uids: [], gids: [] });
  t.same(userNamespaceMappings({ ...joined, gidMappings: OWN }), { uids: [], gids: OWN });
});

t.test("makesUserNamespace() tells a new one from one that exists, and from none", async (t) => {
  t.ok(makesUserNamespace(NEW));
  t.notOk(makesUserNamespace({ namespaces: [{ type: "user", path: "/proc/1/ns/user" }] }));
  t.notOk(makesUserNamespace({ namespaces: [{ type: "pid" }] }));
  t.notOk(makesUserNamespace({}));
});
