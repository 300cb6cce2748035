import t from "tap";
import { withDeadline } from "../../../src/common/deadline.js";
import { messageOf } from "../../../src/common/error.js";
import { pollUntil } from "../../../src/common/poll-until.js";
import { container, podSpec } from "../support/manifests.js";
import { TestNamespace } from "../support/test-namespace.js";

const REPLICAS = 3;
const SERVED_TIMEOUT_MS = 30_000;
const SERVED_STEP_MS = 100;
const SERVE = "mkdir /www; echo $VERSION > /www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";

t.test("a deployment of VMs", async (t) => {
  const namespace = await TestNamespace.make(t);
  const server = container("web", SERVE, {
    env: [{ name: "VERSION", value: "first" }],
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
    // until the node's rules don't lead there any more
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
    resources: { requests: { cpu: "10m" }, limits: { cpu: "500m", memory: "64Mi" } },
  });
  const labels = { app: "web" };
  await namespace.apply(
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: {
        replicas: REPLICAS,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec([server]) },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
  );
  const rollout = () => namespace.ok(["rollout", "status", "deployment/web"]);
  await rollout();
  const address = await namespace.field("service/web", "{.spec.clusterIP}");
  const served = () =>
    fetch(`http://${address}/`).then(
      (answer) => answer.text(),
      (error: unknown) => messageOf((error as Error).cause),
    );
  // the node's rules follow the pods' readiness by a second and more, which nobody is told of
  await withDeadline("an answer of the service", SERVED_TIMEOUT_MS, (signal) =>
    pollUntil(async () => (await served()) === "first\n", SERVED_STEP_MS, signal),
  );

  await t.test("its pods have kernels of their own", async (t) => {
    const pods = (await namespace.field("pods", "{.items[*].metadata.name}")).split(" ");
    t.equal(pods.length, REPLICAS);
    const boots = await Promise.all(pods.map((pod) => namespace.shell(pod, "cat /proc/sys/kernel/random/boot_id")));
    t.equal(new Set(boots).size, REPLICAS, "one boot each");
    t.match(await namespace.shell(pods[0] ?? "", "uname -r"), /tskata/);
  });

  await t.test("a service leads to them, from the node and from a pod", async (t) => {
    t.equal(await served(), "first\n");
    const ask = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 5 ${address} 80`;
    t.match(await namespace.ok(["exec", "deployment/web", "--", "sh", "-c", ask]), /^HTTP\/1.1 200 OK[^]*first$/);
  });

  await t.test("an update rolls, and the service answers all the while", async (t) => {
    await namespace.ok(["set", "env", "deployment/web", "VERSION=second"]);
    const seen = new Set<string>();
    const rolled = new AbortController();
    const asking = (async () => {
      while (!rolled.signal.aborted) seen.add(await served());
    })();
    await rollout();
    rolled.abort();
    await asking;
    t.same(
      [...seen].filter((page) => !["first\n", "second\n"].includes(page)),
      [],
    );
    t.ok(seen.has("second\n"), "a new pod answered before the last old one was replaced");
  });

  await t.test("it is scaled down to nothing", async (t) => {
    await namespace.ok(["scale", "deployment/web", "--replicas=0"]);
    await namespace.ok(["wait", "--for=delete", "pod", "--selector=app=web", "--timeout=60s"]);
    t.equal(await namespace.field("pods", "{.items}"), "[]");
  });
});
