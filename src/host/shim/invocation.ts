import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { messageOf, TskataError } from "../../common/error.js";

/** What containerd says when it runs a shim, on the command line and in the environment. */
export interface Invocation {
  readonly action: "start" | "delete" | "serve" | "version" | "info";
  /** containerd's namespace. */
  readonly namespace: string;
  /** Of the container, or of the pod's first. */
  readonly id: string;
  /** Absolute path; the working directory where nothing else is said. */
  readonly bundle: string;
  /** Path of containerd's own socket. */
  readonly address: string;
  /** Path of its socket for events; empty where nobody hears of them. */
  readonly eventsAddress: string;
  /** Path of the socket that a shim is to serve on; empty unless it is started by our own `start`. */
  readonly socket: string;
  readonly debug: boolean;
}

const ACTIONS: ReadonlySet<string> = new Set(["start", "delete"]);

/**
 * Reads a command line as Go's `flag` has it (containerd's runtime v2 README, "Command Line").
 *
 * @throws TskataError `invalid-argument`
 */
export function parseInvocation(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Invocation {
  const { values, positionals } = parse(args);
  const [action = "serve"] = positionals;
  const common = {
    namespace: values.namespace ?? "",
    id: values.id ?? "",
    bundle: resolve(values.bundle ?? "."),
    address: values.address ?? "",
    eventsAddress: environment["TTRPC_ADDRESS"] ?? "",
    socket: values.socket ?? "",
    debug: values.debug === true,
  };
  if (values.version === true || values.v === true) return { ...common, action: "version" };
  if (values.info === true) return { ...common, action: "info" };
  if (action !== "serve" && !ACTIONS.has(action)) {
    throw new TskataError(
      "invalid-argument",
      `${action}: no such action; a shim is run by containerd, with start or delete`,
    );
  }
  for (const name of ["namespace", "id"] as const) {
    if (common[name] === "") {
      throw new TskataError("invalid-argument", `-${name} is missing: a shim is run by containerd, see docs/shim.md`);
    }
  }
  return { ...common, action: action as Invocation["action"] };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: args.map(withTwoDashes),
      allowPositionals: true,
      options: {
        namespace: text,
        id: text,
        bundle: text,
        address: text,
        "publish-binary": text,
        socket: text,
        "debug-socket": text,
        debug: flag,
        version: flag,
        v: flag,
        info: flag,
      },
    });
  } catch (cause) {
    throw new TskataError("invalid-argument", messageOf(cause), { cause });
  }
}

/** Go takes one dash for a long option. */
function withTwoDashes(argument: string): string {
  return /^-[a-z]/.test(argument) ? `-${argument}` : argument;
}
