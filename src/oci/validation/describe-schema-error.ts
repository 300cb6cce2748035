import { describeValue } from "./describe-value.js";
import type { ValidationIssue } from "./issue.js";
import { followPointer, memberPath } from "./json-path.js";
import { nearestName } from "./nearest-name.js";
import type { SchemaError } from "./schema-error.js";
import { TEXT_FORMATS, type TextFormatName } from "./text-formats.js";

const TYPES: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  number: "a number",
  object: "an object",
  string: "a string",
};

const REQUIRED = "a value: this member is required";

/**
 * What a compiled validator found, for people. Members that a schema doesn't
 * know are errors where it is closed; where it is open they are warnings if a
 * known name is near, and otherwise nothing (config.md, "Extensibility").
 *
 * @param document the document that was validated
 */
export function describeSchemaError(document: unknown, error: SchemaError): ValidationIssue | undefined {
  const { path, value } = followPointer(document, error.instancePath);
  const issue = (expected: string): ValidationIssue => ({
    severity: "error",
    path,
    found: describeValue(value),
    expected,
  });
  switch (error.keyword) {
    case "type":
      return issue(TYPES[error.params.type] ?? error.params.type);
    case "integerRange": {
      const [min, max] = error.params.range;
      return issue(`an integer from ${min} to ${max}`);
    }
    case "minItems":
      return issue(`at least ${error.params.limit === 1 ? "1 entry" : `${error.params.limit} entries`}`);
    case "format":
      return issue(TEXT_FORMATS[error.params.format as TextFormatName].expected);
    case "choice": {
      const { allowed } = error.params;
      const hint = typeof value === "string" ? nearestName(value, allowed) : undefined;
      return { ...issue(oneOf(allowed)), ...(hint === undefined ? {} : { hint }) };
    }
    case "required": {
      const { missingProperty } = error.params;
      const hint = nearestName(missingProperty, Object.keys(value as object));
      return {
        severity: "error",
        path: memberPath(path, missingProperty),
        found: hint === undefined ? "nothing" : `nothing, but ${JSON.stringify(hint)}`,
        expected: REQUIRED,
      };
    }
    case "fields":
      return describeField(path, error.params);
  }
}

function describeField(
  path: string,
  { field, known, closed }: { field: string; known: readonly string[]; closed: boolean },
): ValidationIssue | undefined {
  const hint = nearestName(field, known);
  if (!closed && hint === undefined) return undefined;
  return {
    severity: closed ? "error" : "warning",
    path: memberPath(path, field),
    found: "an unknown name",
    expected: hint === undefined || known.length <= 10 ? oneOf(known) : "a known one",
    ...(hint === undefined ? {} : { hint }),
  };
}

function oneOf(names: readonly string[]): string {
  const quoted = names.map((name) => JSON.stringify(name));
  return quoted.length === 1 ? quoted.join() : `one of ${quoted.join(", ")}`;
}
