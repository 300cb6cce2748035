/**
 * What a compiled validator (scripts/generate/validators.ts) finds wrong:
 * ajv's error objects, of the keywords that the project's schemas use.
 */
export type SchemaError = { readonly instancePath: string } & (
  | { readonly keyword: "type"; readonly params: { readonly type: string } }
  | { readonly keyword: "required"; readonly params: { readonly missingProperty: string } }
  | { readonly keyword: "choice"; readonly params: { readonly allowed: readonly string[] } }
  | { readonly keyword: "format"; readonly params: { readonly format: string } }
  | { readonly keyword: "minItems"; readonly params: { readonly limit: number } }
  | { readonly keyword: "integerRange"; readonly params: { readonly range: readonly [string, string] } }
  | {
      readonly keyword: "fields";
      readonly params: { readonly field: string; readonly known: readonly string[]; readonly closed: boolean };
    }
);

/** A compiled validator: what it returns says whether `errors` was left empty. */
export interface SchemaValidator {
  (value: unknown): boolean;
  /** Of the last call; null where all was well. */
  errors?: readonly SchemaError[] | null;
}
