import type { ValidationIssue } from "./issue.js";
import { followPointer, memberPath } from "./json-path.js";
import type { SchemaValidator } from "./schema-error.js";

const MAX_WARNINGS = 100;

/** More rounds than any schema has levels of names. */
const MAX_ROUNDS = 16;

/**
 * Renames members that differ from a known name only in the case of their
 * letters, as Go's JSON decoder (and so runc) reads them. A member that has
 * the known name itself takes precedence.
 *
 * @param document changed in place
 * @returns a warning per name, at most 100
 */
export function adoptNames(validator: SchemaValidator, document: unknown): ValidationIssue[] {
  const warnings: ValidationIssue[] = [];
  // A renamed member is looked into only by the next round.
  for (let round = 0; round < MAX_ROUNDS && renameOnce(validator, document, warnings); round += 1);
  return warnings;
}

function renameOnce(validator: SchemaValidator, document: unknown, warnings: ValidationIssue[]): boolean {
  if (validator(document)) return false;
  const errors = validator.errors ?? [];
  validator.errors = null;
  let renamed = false;
  for (const error of errors) {
    if (error.keyword !== "fields") continue;
    const { field, known } = error.params;
    const name = known.find((candidate) => candidate.toLowerCase() === field.toLowerCase());
    if (name === undefined) continue;
    const { path, value } = followPointer(document, error.instancePath);
    const object = value as Record<string, unknown>;
    if (Object.hasOwn(object, name)) continue;
    object[name] = object[field];
    delete object[field];
    renamed = true;
    if (warnings.length === MAX_WARNINGS) continue;
    warnings.push({
      severity: "warning",
      path: memberPath(path, field),
      found: "this name",
      expected: `${JSON.stringify(name)}, and it is taken as that`,
    });
  }
  return renamed;
}
