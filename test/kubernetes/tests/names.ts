import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { NAME_SERVICE_ADDRESS } from "../cluster/addresses.js";
import { NODE_IMAGE, OBEDIENT, pod } from "../support/manifests.js";
import { TestNamespace } from "../support/test-namespace.js";

const SERVER = readFileSync(join(import.meta.dirname, "../support/name-server.cjs"), "utf8");
const LOOK_UP = `require("node:dns").lookup("web", (error, address) => console.log(error?.code ?? address))`;
const ADDRESS = "10.96.0.99";

t.test(
  "a pod in a VM asks the cluster's name server, a service by UDP, with the cluster's search domains",
  async (t) => {
    const namespace = await TestNamespace.make(t);
    const labels = { app: "names" };
    const name = `web.${namespace.name}.svc.cluster.local`;
    const env = Object.entries({ NAME: name, ADDRESS }).map(([key, value]) => ({ name: key, value }));
    const server = { name: "main", image: NODE_IMAGE, command: ["node", "-e", SERVER], env };
    await namespace.apply(
      { ...pod("names", [server], { terminationGracePeriodSeconds: 1 }), metadata: { name: "names", labels } },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "names" },
        spec: { clusterIP: NAME_SERVICE_ADDRESS, selector: labels, ports: [{ port: 53, protocol: "UDP" }] },
      },
      pod("asker", [{ name: "main", image: NODE_IMAGE, command: ["sh", "-c", OBEDIENT] }]),
    );
    for (const each of ["names", "asker"]) await namespace.ready(each);
    await namespace.prints("asker", ["node", "-e", LOOK_UP], ADDRESS);
    t.match((await namespace.ok(["logs", "names"])).split("\n"), [name]);
    t.match(await namespace.shell("asker", "cat /etc/resolv.conf"), `nameserver ${NAME_SERVICE_ADDRESS}`);
  },
);
