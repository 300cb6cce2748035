import { plainLine } from "./plain-text.js";

/** One value of what is measured. */
export interface MeasuredValue {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
}

const PREFIX = /^\s*# measured\b/;
const MAX_NAME_LENGTH = 100;

/**
 * Reads a comment of TAP such as
 * `# measured {"name":"boot to agent","unit":"ms","value":123.4}`.
 *
 * @returns the value, undefined of any other comment, or what is wrong with it
 */
export function readMeasured(comment: string): MeasuredValue | { readonly fault: string } | undefined {
  const [prefix] = PREFIX.exec(comment) ?? [];
  if (prefix === undefined) return undefined;
  const text = comment.slice(prefix.length).trim();
  const parsed = parsedJson(text);
  if (typeof parsed === "object" && parsed !== null && "name" in parsed && "unit" in parsed && "value" in parsed) {
    const { name, unit, value } = parsed;
    if (isLabel(name) && isLabel(unit) && typeof value === "number" && Number.isFinite(value)) {
      return { name: plainLine(name), unit: plainLine(unit), value };
    }
  }
  return { fault: `expected {"name":"...","unit":"...","value":1.5}, found ${plainLine(text).slice(0, 200)}` };
}

function isLabel(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "" && value.length <= MAX_NAME_LENGTH;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
