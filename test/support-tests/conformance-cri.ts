import t from "tap";
import { parse } from "smol-toml";
import { containerdConfiguration, RUNC_SHIM } from "../conformance/cri/containerd-configuration.js";
import { parseGinkgoReport, type SpecResult } from "../conformance/cri/ginkgo-report.js";
import { patternOf } from "../conformance/cri/run-critest.js";
import { failureLines, runsTable } from "../conformance/cri/summary.js";
import { runtimeOf, shimOf, withSandboxes } from "../conformance/cri/tested-runtime.js";

const spec = (state: string, leaf: string, more: object = {}): object => ({
  LeafNodeType: "It",
  LeafNodeText: leaf,
  ContainerHierarchyTexts: ["[k8s.io] Pods", "basic"],
  State: state,
  RunTime: 1_500_000_000,
  ...more,
});

const REPORT = JSON.stringify([
  {
    SpecReports: [
      { ...spec("passed", ""), LeafNodeType: "BeforeSuite", ContainerHierarchyTexts: null },
      spec("passed", "runs"),
      spec("failed", "stops", { Failure: { Message: "it didn't" } }),
      spec("timedout", "is removed", { ContainerHierarchyTexts: ["[k8s.io] Pods"] }),
      spec("skipped", "has a label", { Failure: { Message: "no SELinux" } }),
      spec("skipped", "isn't in the focus"),
    ],
  },
  { SpecReports: null },
]);

t.test("parseGinkgoReport() reads the cases that were run, and those that left themselves out", async (t) => {
  const pods = { file: "[k8s.io] Pods", seconds: 1.5 };
  t.same(parseGinkgoReport(REPORT), [
    { ...pods, name: "basic runs", outcome: "pass", message: "" },
    { ...pods, name: "basic stops", outcome: "fail", message: "it didn't" },
    { ...pods, name: "is removed", outcome: "fail", message: "" },
    { ...pods, name: "basic has a label", outcome: "skip", message: "no SELinux" },
  ]);
});

t.test("the summary compares what failed with runc, and gives the reasons that are known", async (t) => {
  const result = (name: string, outcome: SpecResult["outcome"]): SpecResult => ({
    ...{ file: "f", name, outcome, seconds: 1, message: "" },
  });
  const runs = new Map([
    ["runc", { seconds: 10.4, results: [result("a", "pass"), result("b", "fail"), result("c", "pass")] }],
    ["tskata", { seconds: 200, results: [result("a", "fail"), result("b", "fail"), result("c", "pass")] }],
  ]);
  t.equal(
    runsTable(runs),
    [
      "runtime  run  passed  failed  skipped  seconds",
      "runc       3       2       1        0       10",
      "tskata     3       1       2        0      200",
    ].join("\n"),
  );
  t.same(failureLines("tskata", runs, { pass: [], never: { "f::a": "no VM can" } }), [
    "failed: f::a (runc passes it; no VM can)",
    "failed: f::b (not by runc either)",
  ]);
  t.same(failureLines("runc", runs, undefined), ["failed: f::b"]);
  t.same(failureLines("crun", runs, undefined), []);
});

t.test("a shim is given by its type or its path, and containerd is told its type", async (t) => {
  t.same(shimOf("io.containerd.runc.v2"), { name: RUNC_SHIM, runtime: { type: RUNC_SHIM } });
  t.same(shimOf("/opt/containerd-shim-tskata-v2"), {
    name: "io.containerd.tskata.v2",
    runtime: { type: "io.containerd.tskata.v2" },
    shim: "/opt/containerd-shim-tskata-v2",
  });
  for (const wrong of ["containerd-shim-tskata-v2", "/opt/tskata", "tskata", ""]) {
    t.throws(() => shimOf(wrong), /must be a type such as/, `refuses "${wrong}"`);
  }
  t.same(runtimeOf("/usr/sbin/runc"), { name: "runc", runtime: { type: RUNC_SHIM, binary: "/usr/sbin/runc" } });
});

t.test("containerdConfiguration() has each version's own places for the same settings", async (t) => {
  const options = { directory: "/w", registries: "/w/registries", networks: "/w/networks" };
  const runtime = { type: RUNC_SHIM, binary: "/usr/sbin/runc" };
  const runtimes = {
    default_runtime_name: "tested",
    runtimes: { tested: { runtime_type: RUNC_SHIM, options: { BinaryName: "/usr/sbin/runc" } } },
  };
  t.match(parse(containerdConfiguration({ ...options, major: 1, runtimes: { tested: runtime } })), {
    version: 2,
    grpc: { address: "/w/containerd.sock" },
    plugins: {
      "io.containerd.grpc.v1.cri": {
        sandbox_image: "registry.k8s.io/pause:3.9",
        registry: { config_path: "/w/registries" },
        cni: { bin_dir: "/usr/lib/cni", conf_dir: "/w/networks" },
        containerd: runtimes,
      },
    },
  });
  t.match(parse(containerdConfiguration({ ...options, major: 2, runtimes: { tested: runtime } })), {
    version: 3,
    plugins: {
      "io.containerd.cri.v1.images": {
        pinned_images: { sandbox: "registry.k8s.io/pause:3.9" },
        registry: { config_path: "/w/registries" },
      },
      "io.containerd.cri.v1.runtime": {
        cni: { bin_dirs: ["/usr/lib/cni"], conf_dir: "/w/networks" },
        containerd: runtimes,
      },
    },
  });
  const shim = parse(
    containerdConfiguration({ ...options, major: 1, runtimes: { tested: { type: "io.containerd.tskata.v2" } } }),
  );
  t.match(shim, {
    plugins: {
      "io.containerd.grpc.v1.cri": {
        containerd: { runtimes: { tested: { runtime_type: "io.containerd.tskata.v2" } } },
      },
    },
  });
  t.notMatch(JSON.stringify(shim), /BinaryName/);
});

t.test("a shim that makes sandboxes goes by another name, and containerd is told to have it do so", async (t) => {
  const own = withSandboxes(shimOf("/opt/containerd-shim-tskata-v2"));
  t.match(own, { name: "io.containerd.tskata.v2+sandbox", shim: "/opt/containerd-shim-tskata-v2" });
  const options = { directory: "/d", registries: "/d/registries", networks: "/d/networks" };
  const text = containerdConfiguration({ ...options, major: 2, runtimes: { tested: own.runtime } });
  const tested = { runtime_type: "io.containerd.tskata.v2", sandboxer: "shim", disable_pause_image_pull: true };
  t.match(parse(text), { plugins: { "io.containerd.cri.v1.runtime": { containerd: { runtimes: { tested } } } } });
});

t.test("patternOf() matches one case's text, or those of a file", async (t) => {
  const pattern = new RegExp(patternOf("[k8s.io] Streaming::should (not) forward [Conformance]"));
  t.match("CRI validation [k8s.io] Streaming should (not) forward [Conformance]", pattern);
  t.notMatch("CRI validation [k8s.io] Streaming should (not) forward [Conformance] in host network", pattern);
  t.match("CRI validation [k8s.io] Streaming attaches", new RegExp(patternOf("[k8s.io] Streaming")));
});
