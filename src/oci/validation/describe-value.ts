const MAX_LENGTH = 60;

/** A value for an error's text: its JSON where that is short, else what it is. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string": {
      const text = JSON.stringify(value.slice(0, MAX_LENGTH));
      return value.length > MAX_LENGTH ? `${text.slice(0, -1)}..." (${value.length} characters)` : text;
    }
    case "number":
    case "bigint":
    case "boolean":
      return abbreviate(String(value));
    case "undefined":
      return "nothing";
    default:
      if (value === null) return "null";
      return Array.isArray(value) ? `a list of ${value.length}` : "an object";
  }
}

function abbreviate(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}... (${text.length} characters)` : text;
}
