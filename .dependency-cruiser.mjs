// Import directions of docs/architecture.md. scripts/checks/imports.ts runs it
// and makes sure that every module was seen.

const HOST_LAYERS = [
  ["hooks", "cgroup", "resource", "network", "state", "config", "template"],
  ["sandbox"],
  ["runtime", "check"],
  ["cli", "shim"],
];

/** A layer of src/host may import its own and lower ones. */
const hostLayers = HOST_LAYERS.slice(0, -1).map((folders, index) => ({
  name: `host-${folders.join("-")}-imports-downward-only`,
  severity: "error",
  from: { path: `^src/host/(${folders.join("|")})/` },
  to: {
    path: `^src/host/(${HOST_LAYERS.slice(index + 1)
      .flat()
      .join("|")})/`,
  },
}));

/** Modules under `from` may import, of the project, only what matches one of `allowed`. */
function only(name, from, allowed) {
  return {
    name,
    severity: "error",
    from: { path: from },
    to: { pathNot: [...allowed, "node_modules"], dependencyTypesNot: ["core", "npm", "npm-dev", "unknown"] },
  };
}

export default {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    only("common-stands-below-all", "^src/common/", ["^src/common/"]),
    only("oci-imports-common-only", "^src/oci/", ["^src/(oci|common)/"]),
    only("protocol-imports-common-and-oci-only", "^src/protocol/", ["^src/(protocol|oci|common)/", "^packages/"]),
    only("agent-meets-the-host-in-the-protocol", "^src/agent/", ["^src/(agent|protocol|oci|common)/", "^packages/"]),
    only("host-meets-the-agent-in-the-protocol", "^src/host/", [
      "^src/(host|protocol|oci|common)/",
      "^hypervisors/(hypervisor|index|known-drivers|automatic-driver)\\.ts$",
      "^packages/",
    ]),
    only("lab-imports-common-and-packages-only", "^src/lab/", [
      "^src/(lab|common)/",
      "^src/host/config/locate-artifacts\\.ts$",
      "^packages/",
    ]),
    only("lab-report-imports-common-only", "^src/lab/report/", ["^src/lab/report/", "^src/common/"]),
    only("drivers-import-common-and-packages-only", "^hypervisors/", ["^hypervisors/", "^src/common/", "^packages/"]),
    {
      name: "lab-is-a-program-of-its-own",
      severity: "error",
      from: { pathNot: "^(src/lab|test|scripts)/" },
      to: { path: "^src/lab/" },
    },
    {
      name: "drivers-stand-apart",
      severity: "error",
      from: { path: "^hypervisors/([^/]+)/" },
      to: {
        path: "^hypervisors/",
        pathNot: ["^hypervisors/$1/", "^hypervisors/common/", "^hypervisors/hypervisor\\.ts$"],
      },
    },
    {
      // Node's generators are in the same state in every clone of a template: see docs/templates.md.
      name: "the-guest-draws-no-secrets-in-node",
      severity: "error",
      from: { path: "^src/(agent|protocol)/" },
      to: { path: "^(node:)?(crypto|tls|https|http2)$", dependencyTypes: ["core"] },
    },
    {
      name: "packages-stand-alone",
      severity: "error",
      from: { path: "^packages/([^/]+)/" },
      to: {
        path: "^(src|hypervisors|scripts|test|bench|guest-image|kernel-config|packages)/",
        pathNot: "^packages/$1/",
      },
    },
    ...hostLayers,
    {
      name: "programs-import-no-tooling",
      severity: "error",
      from: { path: "^(src|hypervisors|packages/[^/]+/src)/" },
      to: { path: "^(test|scripts|bench|guest-image|kernel-config)/" },
    },
    {
      name: "tooling-imports-no-tests",
      severity: "error",
      from: { path: "^(scripts|guest-image|kernel-config)/" },
      to: { path: "^(test|bench)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: ["/dist/", "^(build|dist)/"] },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: [".ts", ".d.ts", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
    },
    moduleSystems: ["es6"],
  },
};
