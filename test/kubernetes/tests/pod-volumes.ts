import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { container, OBEDIENT, pod } from "../support/manifests.js";
import { TestNamespace } from "../support/test-namespace.js";

t.test("volumes of a pod in a VM", async (t) => {
  const namespace = await TestNamespace.make(t);
  const directory = t.testdir();
  writeFileSync(join(directory, "file"), "of the host");
  const mount = (name: string, mountPath: string, fields = {}) => ({ name, mountPath, ...fields });
  const main = container("main", OBEDIENT, {
    env: [
      { name: "KEY", valueFrom: { configMapKeyRef: { name: "map", key: "key" } } },
      { name: "MEMORY", valueFrom: { resourceFieldRef: { resource: "limits.memory" } } },
    ],
    resources: { requests: { cpu: "10m" }, limits: { memory: "32Mi" } },
    volumeMounts: [
      mount("shared", "/shared"),
      mount("map", "/map"),
      mount("map", "/one/key", { subPath: "key" }),
      mount("secret", "/secret"),
      mount("labels", "/labels"),
      mount("memory", "/memory"),
      mount("host", "/host", { readOnly: true }),
    ],
  });
  const other = container("other", OBEDIENT, {
    securityContext: { runAsUser: 1234, runAsGroup: 55, readOnlyRootFilesystem: true },
    volumeMounts: [mount("shared", "/shared")],
  });
  const volumes = [
    { name: "shared", emptyDir: {} },
    { name: "map", configMap: { name: "map" } },
    { name: "secret", secret: { secretName: "secret", defaultMode: 0o400 } },
    { name: "labels", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
    { name: "memory", emptyDir: { medium: "Memory", sizeLimit: "8Mi" } },
    { name: "host", hostPath: { path: directory } },
  ];
  await namespace.apply(
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "map" }, data: { key: "before" } },
    { apiVersion: "v1", kind: "Secret", metadata: { name: "secret" }, stringData: { key: "hidden" } },
    pod("stored", [main, other], { volumes, securityContext: { fsGroup: 777 } }),
  );
  await namespace.ready("stored");
  const shell = (script: string, name = "main") => namespace.shell("stored", script, name);

  await t.test("an empty directory is shared, with the pod's group", async (t) => {
    await shell("echo hello > /shared/greeting", "other");
    t.equal(await shell("cat /shared/greeting; stat -c '%u %g' /shared/greeting"), "hello\n1234 777");
  });

  await t.test("a config map is there as files and in the environment", async (t) => {
    t.equal(
      await shell('cat /map/key; echo; cat /one/key; echo; echo "$KEY $MEMORY"'),
      `before\nbefore\nbefore ${32 << 20}`,
    );
  });

  await t.test("a secret is there with its mode", async (t) => {
    t.equal(await shell("cat /secret/key; stat -Lc ' %a' /secret/key"), "hidden 440");
  });

  await t.test("an empty directory of memory has its size", async (t) => {
    t.equal(await shell("df -k /memory | awk 'NR == 2 { print $2 }'"), String(8 << 10));
  });

  await t.test("a directory of the host is there, and can't be written where it is read-only", async (t) => {
    t.equal(await shell("cat /host/file; touch /host/new 2>/dev/null || echo ', refused'"), "of the host, refused");
  });

  await t.test("what changes in the API changes in the files, but not in one that is mounted by itself", async (t) => {
    await namespace.ok(["patch", "configmap", "map", "--patch", '{"data":{"key":"after"}}']);
    await namespace.ok(["label", "pod", "stored", "color=red"]);
    await namespace.shows("stored", "cat /map/key", "after");
    await namespace.shows("stored", "cat /labels/labels", 'color="red"');
    t.equal(await shell("cat /one/key"), "before");
  });
});
