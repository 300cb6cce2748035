import type { Command, Option } from "commander";

/**
 * Engines and people write options as Go programs take them: `-root DIR` for
 * `--root DIR`, `--debug=true` for `--debug`. This rewrites both, for the
 * options that the program and its command know, and only before the
 * command's first operand: what follows may be another program's.
 */
export function goStyleArguments(program: Command, args: readonly string[]): string[] {
  const done: string[] = [];
  const rest = [...args];
  takeOptions(program.options, rest, done);
  const command = program.commands.find((each) => each.name() === rest[0]);
  if (command !== undefined) {
    done.push(...rest.splice(0, 1));
    takeOptions(command.options, rest, done);
  }
  return [...done, ...rest];
}

/** Moves options, with their values, up to the first operand. */
function takeOptions(options: readonly Option[], rest: string[], done: string[]): void {
  while (rest[0] !== undefined && /^-[^-]|^--./.test(rest[0])) {
    const [token] = rest.splice(0, 1) as [string];
    const equals = token.indexOf("=");
    const name = equals === -1 ? token : token.slice(0, equals);
    if (name === "-help") {
      done.push("--help");
      continue;
    }
    const option = options.find(({ long, short }) => name === short || name === long || `-${name}` === long);
    if (option === undefined) {
      done.push(token);
      continue;
    }
    const takesValue = option.required || option.optional;
    const written = name === option.short ? name : (option.long ?? name);
    if (takesValue) done.push(equals === -1 ? written : written + token.slice(equals));
    else if (equals === -1 || token.slice(equals) === "=true") done.push(written);
    else if (token.slice(equals) !== "=false") done.push(token);
    if (takesValue && equals === -1) done.push(...rest.splice(0, 1));
  }
}
