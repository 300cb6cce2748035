import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { withDeadline } from "../../common/deadline.js";
import { messageOf, TskataError } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import type { LinuxResources } from "../../oci/linux-resources.js";
import { type UsersOwn, usersOwn } from "../config/users-own.js";
import type { ScopeName } from "./cgroup-path.js";
import { runCommand } from "../resource/run-command.js";
import { scopeProperties } from "./scope-properties.js";

/** There where systemd is this machine's init: sd_booted(3). */
const SYSTEMD_DIRECTORY = "/run/systemd/system";
/** Below a user's runtime directory: there where the user's systemd runs. */
const USERS_SOCKET = "systemd/private";
const DEADLINE_MS = 25_000;
/** Of systemctl(1): there is no such unit, or none any more. */
const NOT_LOADED = 5;

/** A systemd that makes scopes: this machine's, or that of an ordinary user's session, as systemctl(1) is told of it. */
export type SystemdManager = "--system" | "--user";

/** The one that this caller has to ask, where it runs. */
export function systemdManager(
  own: Pick<UsersOwn, "runtimeDirectory"> | undefined = usersOwn(),
): SystemdManager | undefined {
  if (own === undefined) return existsSync(SYSTEMD_DIRECTORY) ? "--system" : undefined;
  return existsSync(join(own.runtimeDirectory, USERS_SOCKET)) ? "--user" : undefined;
}

/**
 * The cgroup below which all of a systemd's units are, from the hierarchy's
 * root.
 *
 * @throws TskataError `not-found` where systemctl is missing, `internal` where it can't tell
 */
export async function managersCgroup(manager: SystemdManager): Promise<string> {
  // That it is the root needs no question.
  if (manager === "--system") return "/";
  const what = "ask the user's systemd for its cgroup";
  const args = [manager, "show", "--property=ControlGroup", "--value"];
  return (await runCommand(what, "systemctl", args)).trim();
}

/** Somebody who lives in a new scope: without anybody in it systemd would remove it. */
export interface ScopeHolder {
  /** Lets the holder go; the scope stays if somebody else is in it. */
  release(): Promise<void>;
}

/**
 * Makes a transient scope (systemd.scope(5)) whose cgroups are ours to manage.
 * systemd-run(1) asks systemd for it over D-Bus, waits until it is there, and
 * becomes a program that lives in it as long as its standard input is open.
 *
 * @throws TskataError `not-found` where systemd-run is missing, `unavailable` where systemd refuses
 */
export async function startScope(
  { unit, slice }: ScopeName,
  resources: LinuxResources,
  description: string,
  manager: SystemdManager = "--system",
): Promise<ScopeHolder> {
  const what = `make the scope ${unit} of systemd`;
  const properties = ["Delegate=yes", "DefaultDependencies=no", ...accounting(), ...scopeProperties(resources)];
  const args = [
    ...[
      manager,
      "--scope",
      "--quiet",
      "--collect",
      `--unit=${unit}`,
      `--slice=${slice}`,
      `--description=${description}`,
    ],
    ...properties.map((property) => `--property=${property}`),
    ...["--", "sh", "-c", "echo && exec cat"],
  ];
  const child = spawn("systemd-run", args, { stdio: ["pipe", "pipe", "pipe"], cwd: "/" });
  const exited = endOf(child, what);
  exited.catch(() => undefined);
  child.stdin.on("error", () => undefined);
  const complaint = text(child.stderr);
  try {
    await withDeadline(what, DEADLINE_MS, async () => {
      const isThere = once(child.stdout, "data").then(() => true);
      if (await Promise.race([isThere, exited.then(() => false)])) return;
      throw new TskataError("unavailable", `${what}: systemd-run failed: ${(await complaint).trim()}`);
    });
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return {
    release: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

/** Has systemd know of new limits of a scope: it would bring its own back otherwise. */
export async function updateScope(
  unit: string,
  resources: LinuxResources,
  log: Pick<LogSink, "debug">,
  manager = systemdManager(),
): Promise<void> {
  const properties = scopeProperties(resources);
  if (properties.length === 0) return;
  await systemctl([manager ?? "--system", "set-property", "--runtime", unit, ...properties], [0], log);
}

/** Ends what is left of a scope; most often it ended with its last process. */
export async function stopScope(unit: string, log: Pick<LogSink, "debug">, manager = systemdManager()): Promise<void> {
  await systemctl([manager ?? "--system", "stop", unit], [0, NOT_LOADED], log);
}

function accounting(): string[] {
  return ["CPU", "Memory", "IO", "Tasks"].map((name) => `${name}Accounting=yes`);
}

async function endOf(child: ChildProcess, what: string): Promise<number | null> {
  try {
    const [status] = (await once(child, "close")) as [number | null];
    return status;
  } catch (cause) {
    throw new TskataError("not-found", `${what}: systemd-run can't be started: ${messageOf(cause)}`, { cause });
  }
}

/** What systemd doesn't do is no fault of the container's: its limits are in force in the guest. */
async function systemctl(args: readonly string[], expected: number[], log: Pick<LogSink, "debug">): Promise<void> {
  const child = spawn("systemctl", args, { stdio: ["ignore", "ignore", "pipe"], cwd: "/" });
  const complaint = text(child.stderr);
  try {
    const [status] = (await once(child, "close")) as [number | null];
    if (status === null || !expected.includes(status)) {
      log.debug(`systemctl ${args.join(" ")}: status ${status}: ${(await complaint).trim()}`);
    }
  } catch (error) {
    log.debug(`systemctl ${args.join(" ")}: ${messageOf(error)}`);
  }
}
