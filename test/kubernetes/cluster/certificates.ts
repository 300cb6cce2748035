import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { API_SERVICE_ADDRESS, NODE, NODE_ADDRESS } from "./addresses.js";

const VALID_DAYS = "2";
/** Nothing but what the command line says. */
const CONFIGURATION = "[req]\ndistinguished_name = none\n[none]\n";

/** Who has a certificate of the cluster's authority (Kubernetes, "PKI certificates and requirements"). */
const HOLDERS = {
  "api-server": { subject: "/CN=kube-apiserver", names: `IP:${NODE_ADDRESS},IP:${API_SERVICE_ADDRESS},IP:127.0.0.1` },
  "kubelet-server": { subject: `/CN=${NODE}`, names: `DNS:${NODE},IP:${NODE_ADDRESS}` },
  "kubelet-client": { subject: "/O=system:masters/CN=kube-apiserver-kubelet-client" },
  admin: { subject: "/O=system:masters/CN=admin" },
  "controller-manager": { subject: "/CN=system:kube-controller-manager" },
  scheduler: { subject: "/CN=system:kube-scheduler" },
  proxy: { subject: "/CN=system:kube-proxy" },
  node: { subject: `/O=system:nodes/CN=system:node:${NODE}` },
} as const;

/** Somebody with a key and a certificate. */
export type Holder = keyof typeof HOLDERS;

/** Paths of keys and certificates, all of them PEM files. */
export class Certificates {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Makes an authority, a pair of keys for the tokens of service accounts, and
   * a key and a certificate for everybody, with openssl(1) from 3.0 on.
   *
   * @param directory is made
   */
  static make(directory: string): Certificates {
    mkdirSync(directory, { mode: 0o700 });
    const made = new Certificates(directory);
    const configuration = made.#path("openssl.cnf");
    writeFileSync(configuration, CONFIGURATION);
    const certify = (name: string, subject: string, extensions: readonly string[], signedBy: readonly string[]): void =>
      openssl([
        ...["req", "-x509", "-config", configuration, "-days", VALID_DAYS, "-subj", subject, "-nodes"],
        ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
        ...["-keyout", made.#path(`${name}.key`), "-out", made.#path(`${name}.crt`)],
        ...extensions.flatMap((extension) => ["-addext", extension]),
        ...signedBy,
      ]);
    certify("authority", "/CN=cluster", ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"], []);
    const authority = ["-CA", made.authority, "-CAkey", made.#path("authority.key")];
    for (const [name, holder] of Object.entries(HOLDERS)) {
      const names = "names" in holder ? [`subjectAltName=${holder.names}`] : [];
      const usage = `extendedKeyUsage=${"names" in holder ? "serverAuth" : "clientAuth"}`;
      certify(name, holder.subject, ["basicConstraints=CA:FALSE", usage, ...names], authority);
    }
    openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", made.tokenKey]);
    openssl(["pkey", "-in", made.tokenKey, "-pubout", "-out", made.tokenPublicKey]);
    return made;
  }

  /** The certificate of who signed the others. */
  get authority(): string {
    return this.#path("authority.crt");
  }

  /** Signs the tokens of service accounts. */
  get tokenKey(): string {
    return this.#path("tokens.key");
  }

  /** Checks them. */
  get tokenPublicKey(): string {
    return this.#path("tokens.pub");
  }

  /** Somebody's certificate. */
  certificateOf(holder: Holder): string {
    return this.#path(`${holder}.crt`);
  }

  /** Somebody's key. */
  keyOf(holder: Holder): string {
    return this.#path(`${holder}.key`);
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

function openssl(args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}
