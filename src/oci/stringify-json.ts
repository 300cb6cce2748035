/**
 * The JSON text of a document, bigints as plain integers with all their
 * digits: what parse-json.ts reads comes back as it was. Members that are
 * undefined are left out.
 *
 * @param indent spaces per level; one line where absent
 */
export function stringifyJson(value: unknown, indent = 0): string {
  const text = holdsBigInt(value) ? write(value, " ".repeat(indent), "\n") : JSON.stringify(value, undefined, indent);
  if (text === undefined) throw new TypeError(`no JSON text for a value of type ${typeof value}`);
  return text;
}

function holdsBigInt(value: unknown): boolean {
  if (typeof value === "bigint") return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsBigInt);
}

function write(value: unknown, step: string, newline: string): string | undefined {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = newline + step;
  if (Array.isArray(value)) {
    return enclose(
      "[",
      "]",
      value.map((item) => write(item, step, inner) ?? "null"),
      step,
      newline,
    );
  }
  const colon = step === "" ? ":" : ": ";
  const members: string[] = [];
  for (const [name, member] of Object.entries(value)) {
    const text = write(member, step, inner);
    if (text !== undefined) members.push(JSON.stringify(name) + colon + text);
  }
  return enclose("{", "}", members, step, newline);
}

function enclose(open: string, close: string, parts: readonly string[], step: string, newline: string): string {
  if (parts.length === 0) return open + close;
  if (step === "") return open + parts.join(",") + close;
  const inner = newline + step;
  return open + inner + parts.join("," + inner) + newline + close;
}
