import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { TskataError } from "../../src/common/error.js";
import { exampleConfig, type ConfigSchema } from "./example-config.js";

/** A file to be installed. */
export interface InstalledFile {
  /** Path under the prefix. */
  readonly target: string;
  /** File that is copied, or the text itself. */
  readonly content: { readonly copyOf: string } | { readonly text: string };
  readonly mode: number;
}

/** Where everything but the command goes, under the prefix. */
export const LIBRARY_FOLDER = "lib/tskata";
const SHARE_FOLDER = "share/tskata";
/** systemd looks there below /usr and /usr/local: systemd.unit(5). */
const POOL_UNIT = "lib/systemd/system/tskata-pool.service";
/** containerd finds it in its search path by this name, which it makes of `io.containerd.tskata.v2`. */
const SHIM = "bin/containerd-shim-tskata-v2";
/** By the ends of their names. */
const PROGRAMS = [
  "monitor",
  "bind-mount",
  "seccomp-notifier",
  "warm-up",
  "enter-cgroups",
  "pause",
  "tap-sender",
  "memory-copier",
  "memory-preload.so",
  "fork-client",
  "fork-server.so",
  "enclosure",
  "console-relay",
  "vsock.node",
  "virtiofsd-preload.so",
  "xen-vif",
  "xen-disk",
];

/**
 * The files of an installation, as a built checkout has them.
 *
 * @param root the checkout
 * @param prefix where they go
 * @param nodePath absolute path of the Node that is to run the command
 * @throws TskataError `not-found` where something was not built
 */
export function installedFiles(root: string, prefix: string, nodePath: string): InstalledFile[] {
  const guest = readGuest(root);
  const schema = readFileSync(join(root, "src/host/config/config.schema.json"), "utf8");
  const host = readdirSync(join(root, "dist/host")).filter((name) => !name.endsWith(".map"));
  const library = (target: string, content: InstalledFile["content"], mode = 0o644): InstalledFile => ({
    target: `${LIBRARY_FOLDER}/${target}`,
    content,
    mode,
  });
  return [
    { target: "bin/tskata", content: { text: command(root, nodePath, "bin/tskata", "main") }, mode: 0o755 },
    { target: SHIM, content: { text: command(root, nodePath, SHIM, "shim") }, mode: 0o755 },
    ...host.map((name) => library(`host/${name}`, { copyOf: join(root, "dist/host", name) })),
    ...PROGRAMS.map((name) =>
      library(`libexec/tskata-${name}`, { copyOf: join(root, "dist/libexec", `tskata-${name}`) }, 0o755),
    ),
    library(`guest/${basename(guest.kernel)}`, { copyOf: guest.kernel }),
    library(`guest/${basename(guest.bzImage)}`, { copyOf: guest.bzImage }),
    library(`guest/${basename(guest.image)}`, { copyOf: guest.image }),
    library("guest/guest.json", {
      text: `${JSON.stringify({ kernel: basename(guest.kernel), image: basename(guest.image) })}\n`,
    }),
    { target: POOL_UNIT, content: { text: poolUnit(prefix) }, mode: 0o644 },
    { target: `${SHARE_FOLDER}/config.schema.json`, content: { text: schema }, mode: 0o644 },
    {
      target: `${SHARE_FOLDER}/config.example.toml`,
      content: { text: exampleConfig(JSON.parse(schema) as ConfigSchema) },
      mode: 0o644,
    },
  ];
}

/** The kernel in both of its forms: for QEMU, and, beside it, for VMMs that load no other. */
interface BuiltGuest {
  readonly kernel: string;
  readonly bzImage: string;
  readonly image: string;
}

function readGuest(root: string): BuiltGuest {
  try {
    return JSON.parse(readFileSync(join(root, "build/guest.json"), "utf8")) as BuiltGuest;
  } catch (cause) {
    throw new TskataError("not-found", "the guest's kernel and image are not built yet: npm run build:guest", {
      cause,
    });
  }
}

/**
 * An installed command, begun by a shell as that of the checkout is: Node by its absolute path, since daemons have a search
 * path of their own. A package.json above the prefix may have made it a module of the other kind, which can't require.
 */
function command(root: string, nodePath: string, source: string, bundle: string): string {
  const [shellPart = ""] = /^[^]*?\*\/\n/.exec(readFileSync(join(root, source), "utf8")) ?? [];
  const quoted = `'${nodePath.replaceAll("'", String.raw`'\''`)}'`;
  const start = `typeof require === "undefined" ? import(main) : require(main)`;
  const nodePart = `const main = "../${LIBRARY_FOLDER}/host/${bundle}.cjs";\n${start};\n`;
  return `${shellPart.replace("exec node ", () => `exec ${quoted} `)}${nodePart}`;
}

/** A service that is off until somebody enables it (docs/pool.md). Members that wait end by themselves when it does. */
function poolUnit(prefix: string): string {
  return `[Unit]
Description=VMs that wait for containers of tskata

[Service]
Type=exec
Environment=TSKATA_POOL_SIZE=2
ExecStart="${join(prefix, "bin/tskata")}" pool start --size \${TSKATA_POOL_SIZE}
KillMode=process
Restart=on-failure

[Install]
WantedBy=multi-user.target
`;
}
