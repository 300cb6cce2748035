import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NAME_SERVICE_ADDRESS, NODE, NODE_ADDRESS, POD_SUBNET } from "./addresses.js";
import type { Certificates } from "./certificates.js";
import { writeKubeconfig } from "./kubeconfig.js";

/** The kubelet of the node; containers' files are below its directory. */
export function kubeletCommand(directory: string, certificates: Certificates, runtimeEndpoint: string): string[] {
  const kubeconfig = join(directory, "kubelet.json");
  const root = join(directory, "kubelet");
  const resolver = join(directory, "resolv.conf");
  mkdirSync(root);
  // none: the network has no way out
  writeFileSync(resolver, "");
  writeKubeconfig(kubeconfig, certificates, "node");
  const config = join(directory, "kubelet-config.json");
  writeFileSync(
    config,
    JSON.stringify({
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
      containerRuntimeEndpoint: runtimeEndpoint,
      authentication: { anonymous: { enabled: false }, x509: { clientCAFile: certificates.authority } },
      authorization: { mode: "Webhook" },
      tlsCertFile: certificates.certificateOf("kubelet-server"),
      tlsPrivateKeyFile: certificates.keyOf("kubelet-server"),
      cgroupDriver: "cgroupfs",
      resolvConf: resolver,
      clusterDNS: [NAME_SERVICE_ADDRESS],
      clusterDomain: "cluster.local",
      podLogsDir: join(directory, "pod-logs"),
      volumePluginDir: join(directory, "volume-plugins"),
      failSwapOn: false,
      // a test's machine may be nearly full
      evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
      // what changes in a config map is looked for so often
      syncFrequency: "5s",
    }),
  );
  return [
    "kubelet",
    ...["--config", config, "--kubeconfig", kubeconfig, "--root-dir", root, "--cert-dir", join(root, "pki")],
    ...["--hostname-override", NODE, "--node-ip", NODE_ADDRESS],
  ];
}

/** Who gives services their addresses, by rules of iptables in the node's network namespace. */
export function proxyCommand(directory: string, certificates: Certificates): string[] {
  const kubeconfig = join(directory, "proxy.json");
  writeKubeconfig(kubeconfig, certificates, "proxy");
  const config = join(directory, "proxy-config.json");
  writeFileSync(
    config,
    JSON.stringify({
      apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
      kind: "KubeProxyConfiguration",
      mode: "iptables",
      hostnameOverride: NODE,
      clientConnection: { kubeconfig },
      clusterCIDR: POD_SUBNET,
      // the machine's own, which a network namespace can't set
      conntrack: { maxPerCore: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    }),
  );
  return ["kube-proxy", "--config", config];
}
