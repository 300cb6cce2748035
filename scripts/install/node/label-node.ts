import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** Says that pods with tskata's RuntimeClass can run on a node. */
const LABEL = "tskata.dev/runtime";
const TIMEOUT_MS = 30_000;

/** Where a pod finds the API and who it is there (Kubernetes, "Accessing the API from within a Pod"). */
export interface ClusterAccess {
  readonly host: string;
  readonly port: string;
  /** Folder of the service account's `token` and `ca.crt`. */
  readonly account: string;
}

/**
 * Sets the label of a node, or takes it away.
 *
 * @throws Error with the API's own words where it doesn't take it
 */
export async function labelNode(node: string, isInstalled: boolean, access: ClusterAccess): Promise<void> {
  const body = JSON.stringify({ metadata: { labels: { [LABEL]: isInstalled ? "installed" : null } } });
  const sent = request({
    host: access.host,
    port: access.port,
    path: `/api/v1/nodes/${encodeURIComponent(node)}`,
    method: "PATCH",
    ca: readFileSync(join(access.account, "ca.crt")),
    headers: {
      authorization: `Bearer ${readFileSync(join(access.account, "token"), "utf8").trim()}`,
      "content-type": "application/strategic-merge-patch+json",
      "content-length": Buffer.byteLength(body),
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const said = await text(response);
  if (response.statusCode !== 200) throw new Error(`the API didn't label node ${node}: ${response.statusCode} ${said}`);
}
