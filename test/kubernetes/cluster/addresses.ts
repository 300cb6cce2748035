/** The one node of the cluster. */
export const NODE = "node";
/** Its address, on a bridge of its own. */
export const NODE_ADDRESS = "10.90.0.1";
/** Where pods have theirs. */
export const POD_SUBNET = "10.88.0.0/16";
/** Where services have theirs. */
export const SERVICE_SUBNET = "10.96.0.0/24";
/** What the service `kubernetes` has: the first one. */
export const API_SERVICE_ADDRESS = "10.96.0.1";
/** Where pods ask for names; a test's service may have it. */
export const NAME_SERVICE_ADDRESS = "10.96.0.10";
/** Where the API is served, for who is in the node's network namespace. */
export const API_SERVER = `https://${NODE_ADDRESS}:6443`;
/** Where etcd is, which asks nobody who they are: only the API server is in its network. */
export const ETCD_SERVER = "http://127.0.0.1:2379";
