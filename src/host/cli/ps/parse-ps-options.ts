import { TskataError } from "../../../common/error.js";
import { BSD_FORMAT, FULL_FORMAT, PS_COLUMNS, type PsColumn, SHORT_FORMAT, USER_FORMAT } from "./columns.js";

/** How the processes are to be shown. */
export interface PsView {
  readonly columns: readonly PsColumn[];
  readonly headings: boolean;
}

/** Letters that choose processes or widths: all of the container's are shown anyway, and whole. */
const NO_EFFECT = /^[aAedgNrTwx]*$/;

/**
 * Understands what of ps(1)'s options makes sense for a container: the
 * formats `-f`, `u`, `x` and `-o` (`o`, `--format`), `--no-headings`, and the
 * options that choose processes, which have no effect. Without any, `-ef`.
 *
 * @throws TskataError `unsupported` for other options and columns
 */
export function parsePsOptions(args: readonly string[]): PsView {
  const named: string[] = [];
  let format: readonly string[] = args.length === 0 ? FULL_FORMAT : SHORT_FORMAT;
  let headings = true;
  const rest = [...args];
  for (let option = rest.shift(); option !== undefined; option = rest.shift()) {
    if (option === "--no-headings" || option === "--no-headers" || option === "h") {
      headings = false;
      continue;
    }
    const [, list] = /^--format=(.+)$/.exec(option) ?? [];
    if (option === "--format" || list !== undefined) {
      named.push(...splitList(list ?? rest.shift() ?? ""));
      continue;
    }
    // Everything behind the letter o is its list; the next word is where nothing follows.
    const [, letters = "", inline] = /^-?([^-o]*)(?:o(.*))?$/.exec(option) ?? [];
    if (option.startsWith("--") || option === "-" || !NO_EFFECT.test(letters.replaceAll(/[fFuw]/g, ""))) {
      throw new TskataError("unsupported", `ps: the option ${option} can't be used for a container in a VM`);
    }
    if (letters.includes("u") && !option.startsWith("-")) format = USER_FORMAT;
    else if (/[fFu]/.test(letters)) format = FULL_FORMAT;
    else if (letters.includes("x") && format === SHORT_FORMAT) format = BSD_FORMAT;
    if (inline !== undefined) named.push(...splitList(inline === "" ? (rest.shift() ?? "") : inline));
  }
  return { columns: (named.length === 0 ? format : named).map(column), headings };
}

/** Blanks and commas part the names; a heading of one's own, after `=`, goes on to the next comma. */
function splitList(list: string): string[] {
  const names: string[] = [];
  for (const [name] of list.matchAll(/[^\s,=]+(?:=[^,]*)?/g)) names.push(name);
  if (names.length === 0) throw new TskataError("invalid-argument", "ps: the option o needs names of columns");
  return names;
}

function column(spec: string): PsColumn {
  const equals = spec.indexOf("=");
  const name = equals === -1 ? spec : spec.slice(0, equals);
  const known = Object.hasOwn(PS_COLUMNS, name) ? PS_COLUMNS[name] : undefined;
  if (known === undefined) {
    const names = Object.keys(PS_COLUMNS).join(", ");
    throw new TskataError("unsupported", `ps: there is no column ${name} for a container in a VM; there are ${names}`);
  }
  return equals === -1 ? known : { ...known, heading: spec.slice(equals + 1) };
}
