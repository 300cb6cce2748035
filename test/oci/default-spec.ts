import t from "tap";
import { defaultSpec, rootlessSpec } from "../../src/oci/default-spec.js";
import { readSpec, validateSpec } from "../../src/oci/validate-spec.js";

t.test("defaultSpec() can be created", async (t) => {
  const spec = defaultSpec();
  t.same(validateSpec(spec, "create"), []);
  t.same(readSpec(JSON.stringify(spec), "config.json"), { spec, warnings: [] });
});

t.test("defaultSpec() has the members that people edit in runc's", async (t) => {
  const spec = defaultSpec();
  t.same(spec.process?.args, ["sh"]);
  t.equal(spec.process?.terminal, true);
  t.same(spec.root, { path: "rootfs", readonly: true });
  t.same(
    spec.mounts?.map(({ destination }) => destination),
    ["/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup"],
  );
  t.same(
    spec.linux?.namespaces?.map(({ type }) => type),
    ["pid", "network", "ipc", "uts", "mount", "cgroup"],
  );
});

t.test("rootlessSpec() maps the caller to root and drops what a plain user may not do", async (t) => {
  const spec = rootlessSpec(1000, 100);
  t.same(validateSpec(spec, "create"), []);
  t.same(spec.linux?.uidMappings, [{ containerID: 0, hostID: 1000, size: 1 }]);
  t.same(spec.linux?.gidMappings, [{ containerID: 0, hostID: 100, size: 1 }]);
  t.same(
    spec.linux?.namespaces?.map(({ type }) => type),
    ["pid", "ipc", "uts", "mount", "cgroup", "user"],
  );
  t.notOk("resources" in (spec.linux ?? {}));
  const options = spec.mounts?.flatMap((mount) => mount.options ?? []) ?? [];
  t.notOk(options.some((option) => option.startsWith("gid=")));
  t.match(
    spec.mounts?.find(({ destination }) => destination === "/sys"),
    { type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", "ro"] },
  );
});
