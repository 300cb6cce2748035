import { runCommand } from "../resource/run-command.js";

/**
 * Runs a program of iproute2, the host's `ip` or `tc`, to its end.
 *
 * @param what what it is for, for the error's text
 * @param namespace path of the network namespace that it runs in; the caller's own where undefined
 * @param input what it reads from standard input; nothing where absent
 * @returns its standard output
 * @throws TskataError as `runCommand`
 */
export type NetworkCommand = (
  what: string,
  namespace: string | undefined,
  command: readonly string[],
  input?: string,
) => Promise<string>;

/** The way to the host's network; tests have another. */
export const networkCommand: NetworkCommand = (what, namespace, command, input) => {
  const [program = "", ...args] =
    namespace === undefined ? command : ["nsenter", `--net=${namespace}`, "--", ...command];
  return runCommand(what, program, args, { ...(input !== undefined && { input }) });
};
