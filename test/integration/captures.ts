import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import t, { type Test } from "tap";
import { makeBusyboxRootfs } from "../../scripts/demo/busybox-rootfs.js";
import type { Spec } from "../../src/oci/config.js";
import { parseJson } from "../../src/oci/parse-json.js";
import { stringifyJson } from "../../src/oci/stringify-json.js";
import { missing, sharedFiles } from "../oci/fixtures/shared-files.js";
import { TestTskata } from "../support/tskata.js";

/** Containers that are made at the same time. */
const WORKERS = 2;
/** What Kubernetes' CRI says of a container's pod, and the test's. */
const ROLE = "io.kubernetes.cri.container-type";
const POD_ID = "io.kubernetes.cri.sandbox-id";
const POD = "pod";
/** Bind sources with these names are files. */
const FILES = new Set(["resolv.conf", "hostname", "hosts", "docker-init", "catatonit", ".containerenv", "secrets"]);

/**
 * What an engine asked for, with its paths in a folder of the test's own, a
 * cgroup that no other has, and the pod and namespaces of a pod's first container
 * that is the test's.
 *
 * @param pod that container's pid
 */
function relocated(spec: Spec, bundle: string, pod: number): Spec {
  const mounts = (spec.mounts ?? []).map((mount, index) => {
    if (mount.type !== "bind") return mount;
    const source = join(bundle, `source-${index}`);
    const name = basename(mount.source ?? "");
    if (FILES.has(name) || name.endsWith("-init")) writeFileSync(source, "", { mode: 0o755 });
    else mkdirSync(source);
    return { ...mount, source };
  });
  const namespaces = (spec.linux?.namespaces ?? []).map(({ type, path = "" }) =>
    path.startsWith("/proc/") ? { type, path: path.replace(/^\/proc\/\d+/, `/proc/${pod}`) } : { type },
  );
  const { hooks: _hooks, ...others } = spec;
  const cgroupsPath = `/${basename(dirname(bundle))}-${basename(bundle)}`;
  const linux = { ...spec.linux, namespaces, cgroupsPath };
  const annotations = { ...spec.annotations, ...(spec.annotations?.[ROLE] === "container" && { [POD_ID]: POD }) };
  return { ...others, root: { ...spec.root, path: "rootfs" }, mounts, linux, annotations };
}

/** One that asks for a namespace of the host's: what is said of it. */
function hostNamespace({ linux }: Spec): RegExp | undefined {
  const listed = linux?.namespaces?.map(({ type }) => type) ?? [];
  const type = (["network", "pid", "ipc"] as const).find((each) => !listed.includes(each));
  return type && new RegExp(`lists no ${type} namespace, which means the host's`);
}

async function createAndDelete(t: Test, tskata: TestTskata, pod: number, name: string, text: string): Promise<void> {
  const bundle = join(tskata.directory, name);
  mkdirSync(bundle);
  makeBusyboxRootfs(join(bundle, "rootfs"));
  const spec = relocated(parseJson(text, name) as unknown as Spec, bundle, pod);
  writeFileSync(join(bundle, "config.json"), stringifyJson({ ...spec, process: { ...spec.process, terminal: false } }));
  const refusal = hostNamespace(spec);
  if (refusal !== undefined) {
    await t.rejects(tskata.create(bundle), { message: refusal }, name);
    return;
  }
  // Some were captured to see a program fail that isn't there, others run one that busybox hasn't.
  const program = spec.process?.args?.[0] ?? "";
  if (/^\/(nonexistent|catatonit|coredns|pause)/.test(program)) {
    await t.rejects(tskata.create(bundle), { message: /no such file or directory/ }, name);
    return;
  }
  const { id } = await tskata.create(bundle);
  t.equal(await tskata.status(id), "created", name);
  await tskata.ok(["delete", "--force", id]);
}

t.test(
  "create makes a container of every config.json that an engine wrote, and refuses the host's namespaces",
  { skip: missing("captures") },
  async (t) => {
    const files = sharedFiles("captures", "config.json");
    const queue = [...new Map(files.map(({ name, text }) => [text, name]))].map(([text, name]) => ({ text, name }));
    t.ok(queue.length > 50);
    const tskata = new TestTskata(t);
    const annotations = { [ROLE]: "sandbox", [POD_ID]: POD };
    const pod = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] }, annotations }));
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        await createAndDelete(t, tskata, pod.pid, next.name.replaceAll("/", "_"), next.text);
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, worker));
  },
);
