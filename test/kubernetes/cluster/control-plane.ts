import { join } from "node:path";
import { ETCD_SERVER, NODE_ADDRESS, POD_SUBNET, SERVICE_SUBNET } from "./addresses.js";
import type { Certificates } from "./certificates.js";
import { writeKubeconfig } from "./kubeconfig.js";

const PEER_SERVER = "http://127.0.0.1:2380";

/** etcd, whose data needn't outlive anything. */
export function etcdCommand(directory: string): string[] {
  return [
    "etcd",
    ...["--data-dir", join(directory, "etcd"), "--unsafe-no-fsync"],
    ...["--listen-client-urls", ETCD_SERVER, "--advertise-client-urls", ETCD_SERVER],
    ...["--listen-peer-urls", PEER_SERVER, "--initial-advertise-peer-urls", PEER_SERVER],
    ...["--initial-cluster", `default=${PEER_SERVER}`],
  ];
}

/** The API server, with the authorizers and the admission of a node that a real cluster has. */
export function apiServerCommand(directory: string, certificates: Certificates): string[] {
  return [
    "kube-apiserver",
    ...["--etcd-servers", ETCD_SERVER, "--advertise-address", NODE_ADDRESS],
    ...["--service-cluster-ip-range", SERVICE_SUBNET, "--cert-dir", join(directory, "api-server")],
    ...["--client-ca-file", certificates.authority, "--kubelet-certificate-authority", certificates.authority],
    ...["--tls-cert-file", certificates.certificateOf("api-server")],
    ...["--tls-private-key-file", certificates.keyOf("api-server")],
    ...["--kubelet-client-certificate", certificates.certificateOf("kubelet-client")],
    ...["--kubelet-client-key", certificates.keyOf("kubelet-client")],
    // nobody has names of nodes
    ...["--kubelet-preferred-address-types", "InternalIP"],
    ...["--service-account-issuer", "https://kubernetes.default.svc"],
    ...["--service-account-signing-key-file", certificates.tokenKey],
    ...["--service-account-key-file", certificates.tokenPublicKey],
    ...["--authorization-mode", "Node,RBAC", "--enable-admission-plugins", "NodeRestriction", "--allow-privileged"],
  ];
}

/** The controllers: of deployments, replica sets, endpoints, service accounts and the like. */
export function controllerManagerCommand(directory: string, certificates: Certificates): string[] {
  const kubeconfig = join(directory, "controller-manager.json");
  writeKubeconfig(kubeconfig, certificates, "controller-manager");
  return [
    "kube-controller-manager",
    ...["--kubeconfig", kubeconfig, "--leader-elect=false", "--use-service-account-credentials"],
    ...["--cluster-cidr", POD_SUBNET, "--cert-dir", join(directory, "controller-manager")],
    ...["--root-ca-file", certificates.authority],
    ...["--service-account-private-key-file", certificates.tokenKey],
  ];
}

/** Who says on which node a pod runs. */
export function schedulerCommand(directory: string, certificates: Certificates): string[] {
  const kubeconfig = join(directory, "scheduler.json");
  writeKubeconfig(kubeconfig, certificates, "scheduler");
  return [
    "kube-scheduler",
    ...["--kubeconfig", kubeconfig, "--leader-elect=false", "--cert-dir", join(directory, "scheduler")],
  ];
}
