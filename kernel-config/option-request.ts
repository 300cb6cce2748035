import { TskataError } from "../src/common/error.js";

/** One line of a fragment: what an option shall be in the final configuration. */
export interface OptionRequest {
  /** `CONFIG_...` */
  option: string;
  /** `y`, a number or a quoted string; undefined where the option shall not be set. */
  value: string | undefined;
  /** Name of the fragment that asks for it. */
  fragment: string;
}

/** A request that the final configuration doesn't meet. */
export interface UnmetRequest extends OptionRequest {
  /** What the configuration has instead; undefined where the option is not set. */
  found: string | undefined;
}

const SET = /^(CONFIG_\w+)=(.+)$/;
const NOT_SET = /^# (CONFIG_\w+) is not set$/;

/**
 * Reads a fragment (the syntax of .config, see kconfig-language).
 *
 * @param fragment its name, for errors
 * @throws TskataError `invalid-argument` for a line that is neither an option,
 *   a comment nor empty
 */
export function parseFragment(fragment: string, text: string): OptionRequest[] {
  const requests: OptionRequest[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const set = SET.exec(line);
    const option = set?.[1] ?? NOT_SET.exec(line)?.[1];
    if (option !== undefined) requests.push({ option, value: set?.[2], fragment });
    else if (line.trim() !== "" && (!line.startsWith("#") || line.startsWith("# CONFIG_"))) {
      throw new TskataError(
        "invalid-argument",
        `${fragment}:${index + 1}: not a line of a kernel configuration: ${line}`,
      );
    }
  }
  return requests;
}

/**
 * Compares requests with a final `.config`. Kconfig drops a request silently
 * where the option is unknown or what it depends on is missing.
 */
export function unmetRequests(requests: readonly OptionRequest[], config: string): UnmetRequest[] {
  const values = new Map<string, string>();
  for (const line of config.split("\n")) {
    const set = SET.exec(line);
    if (set?.[1] !== undefined && set[2] !== undefined) values.set(set[1], set[2]);
  }
  return requests
    .map((request) => ({ ...request, found: values.get(request.option) }))
    .filter((request) => request.found !== request.value);
}

/** The unmet requests for people, one a line. */
export function unmetText(unmet: readonly UnmetRequest[]): string {
  return unmet
    .map(({ option, value, fragment, found }) => {
      return `${option}: ${fragment} asks for ${value ?? "not set"}, the configuration has ${found ?? "not set"}`;
    })
    .join("\n");
}
