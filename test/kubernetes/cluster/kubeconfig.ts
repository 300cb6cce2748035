import { writeFileSync } from "node:fs";
import { API_SERVER } from "./addresses.js";
import type { Certificates, Holder } from "./certificates.js";

/** Writes what tells a client of the API where it is and as whom to ask (a kubeconfig; JSON is YAML). */
export function writeKubeconfig(path: string, certificates: Certificates, holder: Holder): void {
  const name = "cluster";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: API_SERVER, "certificate-authority": certificates.authority } }],
    users: [
      {
        name: holder,
        user: {
          "client-certificate": certificates.certificateOf(holder),
          "client-key": certificates.keyOf(holder),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: holder } }],
    "current-context": name,
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
}
