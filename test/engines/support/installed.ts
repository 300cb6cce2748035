import { findProgram } from "../../../src/host/check/check-programs.js";

/** What the engines of a test are, and what runs in their containers, by the program that shows that they are there. */
const PACKAGES = {
  docker: { program: "dockerd", packages: "docker.io" },
  podman: { program: "podman", packages: "podman" },
  containerd: { program: "containerd", packages: "containerd" },
  buildah: { program: "buildah", packages: "buildah" },
  uidmap: { program: "newuidmap", packages: "uidmap" },
  slirp4netns: { program: "slirp4netns", packages: "slirp4netns" },
  // its server is not in the search path
  postgres: { program: "pg_createcluster", packages: "postgresql" },
  redis: { program: "redis-server", packages: "redis-server" },
} as const;

/** tap's `skip` for a test that takes these engines: false where all are installed, or else what is missing. */
export function unlessInstalled(...engines: (keyof typeof PACKAGES)[]): string | false {
  const missing = engines.map((name) => PACKAGES[name]).filter(({ program }) => findProgram(program) === undefined);
  if (missing.length === 0) return false;
  return `not installed: ${missing.map(({ packages }) => packages).join(" ")}; see npm run test:engines in CONTRIBUTING.md`;
}
