import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import t from "tap";
import { labelNode } from "../../../scripts/install/node/label-node.js";

t.test("labelNode() patches the node as the pod's service account", async (t) => {
  const account = t.testdir({ token: "secret\n" });
  const [key, certificate] = [join(account, "ca.key"), join(account, "ca.crt")];
  const subject = ["-subj", "/CN=api", "-addext", "subjectAltName=IP:127.0.0.1"];
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", ...subject];
  execFileSync("openssl", [...made, "-keyout", key, "-out", certificate], { stdio: "ignore" });
  const asked: { method: string | undefined; url: string | undefined; token: string | undefined; body: unknown }[] = [];
  let status = 200;
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
    void text(request).then((body) => {
      const { method, url, headers } = request;
      asked.push({ method, url, token: headers.authorization, body: JSON.parse(body) });
      response.writeHead(status).end("said");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const access = { host: "127.0.0.1", port: String((server.address() as AddressInfo).port), account };

  await labelNode("node/1", true, access);
  await labelNode("node", false, access);
  const label = (value: string | null) => ({ metadata: { labels: { "tskata.dev/runtime": value } } });
  t.same(asked, [
    { method: "PATCH", url: "/api/v1/nodes/node%2F1", token: "Bearer secret", body: label("installed") },
    { method: "PATCH", url: "/api/v1/nodes/node", token: "Bearer secret", body: label(null) },
  ]);

  status = 403;
  await t.rejects(labelNode("node", true, access), { message: "the API didn't label node node: 403 said" });
});
