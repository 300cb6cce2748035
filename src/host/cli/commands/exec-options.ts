import { type Command, InvalidArgumentError } from "commander";
import type { ExecOptions } from "../../runtime/exec-process.js";
import { type ExecFlags, parseUser } from "../exec-process-spec.js";
import { collect, collectIntegers, integer } from "../option-parsers.js";

/** What commander makes of the options of `exec`. */
export interface ExecOptionFlags
  extends
    Omit<ExecFlags, "noNewPrivs">,
    Pick<ExecOptions, "consoleSocket" | "pidFile" | "pidfdSocket" | "preserveFds" | "ignorePaused" | "cgroup"> {
  readonly process?: string;
  /** What commander makes of `--no-new-privs`. */
  readonly newPrivs: boolean;
  readonly detach?: boolean;
}

/** Declares the arguments and options of `exec`. */
export function addExecOptions(command: Command): Command {
  return command
    .argument("<container-id>", "name of the container")
    .argument("[command...]", "program and arguments, unless --process has them")
    .passThroughOptions()
    .option("-p, --process <file>", "the whole process as a process.json")
    .option("-t, --tty", "give it a terminal")
    .option("-u, --user <uid[:gid]>", "who it runs as", parseUser)
    .option("-g, --additional-gids <gid>", "one more group (may be repeated)", collectIntegers(0, 2 ** 32 - 2))
    .option("--cwd <directory>", "working directory in the container")
    .option("-e, --env <NAME=value>", "add to the environment (may be repeated)", collect)
    .option("-c, --cap <capability>", "add a capability (may be repeated)", collect)
    .option("--apparmor <profile>", "AppArmor profile")
    .option("--process-label <label>", "SELinux label")
    .option("--no-new-privs", "set no_new_privs")
    .option("-d, --detach", "return once it runs")
    .option("--console-socket <path>", "unix socket that gets the terminal's master")
    .option("--pid-file <file>", "write the process id there")
    .option("--pidfd-socket <path>", "unix socket that gets a descriptor of the process")
    .option("--cgroup <path>", "an existing cgroup below the container's own", subCgroup)
    .option("--ignore-paused", "take a paused container too: the process runs once it is resumed")
    .option("--preserve-fds <number>", "how many further descriptors, from 3 up, the process gets", integer(0), 0);
}

/** Controllers have no cgroups of their own in version 2, which the guest has. */
function subCgroup(path: string): string {
  if (!path.includes(":")) return path;
  throw new InvalidArgumentError("the guest has cgroup v2: give a path without controllers");
}
