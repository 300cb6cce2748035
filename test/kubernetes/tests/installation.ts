import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { NODE } from "../cluster/addresses.js";
import { kubectlOk } from "../support/kubectl.js";
import { TestNamespace } from "../support/test-namespace.js";

const CHART = "deploy/helm/tskata";
const DRY_RUN = ["apply", "--dry-run=server", "--filename", "-"];
const LABEL = "{.metadata.labels.tskata\\.dev/runtime}";

t.test("what is in deploy/ is taken by the API", async (t) => {
  await kubectlOk(["apply", "--filename", "deploy/base/namespace.yaml"]);
  t.teardown(() => kubectlOk(["delete", "--filename", "deploy/base/namespace.yaml"]));
  for (const folder of ["deploy/base", "deploy/remove"]) {
    const said = await kubectlOk(DRY_RUN, { input: await kubectlOk(["kustomize", folder]) });
    t.match(said, /daemonset.apps\/tskata-installer created \(server dry run\)/);
    t.match(said, /runtimeclass.node.k8s.io\/tskata (created|configured|unchanged) \(server dry run\)/);
  }
  t.match(
    execFileSync("helm", ["lint", "--strict", CHART], { encoding: "utf8" }),
    /1 chart\(s\) linted, 0 chart\(s\) failed/,
  );
});

t.test("the example says its own kernel", async (t) => {
  const namespace = await TestNamespace.make(t);
  await namespace.ok(["apply", "--filename", "deploy/example/pod.yaml"]);
  await namespace.until("pod/kernel", "jsonpath={.status.phase}=Succeeded");
  t.match(await namespace.ok(["logs", "kernel"]), /^\d+\.\d+\.\d+-tskata$/);
});

t.test("the chart's installer sets a node up, and takes all away again", async (t) => {
  const namespace = await TestNamespace.make(t);
  const root = machineRoot(t);
  const helm = (...args: string[]): string =>
    execFileSync("helm", ["--namespace", namespace.name, ...args], { encoding: "utf8" });
  const upgrade = (...values: string[]): string =>
    helm(
      "upgrade",
      "--install",
      "tskata",
      CHART,
      "--wait",
      "--timeout=90s",
      ...values.flatMap((each) => ["--set", each]),
    );
  const values = ["runtimeClass.name=by-chart", `installer.hostRoot=${root}`, "installer.restartContainerd=false"];
  const label = () => kubectlOk(["get", "node", NODE, "-o", `jsonpath=${LABEL}`]);
  const configuration = () =>
    execFileSync("containerd", ["--config", join(root, "etc/containerd/config.toml"), "config", "dump"], {
      encoding: "utf8",
    });
  await kubectlOk(["label", "node", NODE, "tskata.dev/runtime-"]);

  await t.test("installs", async (t) => {
    upgrade(...values);
    t.equal(await label(), "installed");
    const version = execFileSync("chroot", [root, "/usr/local/bin/tskata", "--version"], { encoding: "utf8" });
    t.match(version, /^tskata version \d/);
    t.ok(existsSync(join(root, "usr/local/bin/containerd-shim-tskata-v2")));
    t.match(configuration(), /runtimes\.tskata\][^]*runtime_type = "io\.containerd\.tskata\.v2"/);
    t.match(configuration(), /bin_dir = "\/usr\/lib\/cni"/, "what was there is there still");
  });

  await t.test("takes away", async (t) => {
    upgrade(...values, "installer.remove=true");
    t.equal(await label(), "");
    t.notOk(existsSync(join(root, "usr/local/bin/tskata")));
    t.notMatch(configuration(), /runtimes\.tskata/);
    helm("uninstall", "tskata", "--wait");
  });
});

/** This machine's own root directory, whose changes go to memory and vanish with the test. */
function machineRoot(t: Test): string {
  const directory = t.testdir();
  const mount = (...args: string[]): Buffer => execFileSync("mount", args);
  mount("-t", "tmpfs", "none", directory);
  t.teardown(() => execFileSync("umount", ["--recursive", directory]));
  const [upper, work, root] = ["upper", "work", "root"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [upper, work, root]) mkdirSync(path);
  mount("-t", "overlay", "-o", `lowerdir=/,upperdir=${upper},workdir=${work}`, "none", root);
  return root;
}
