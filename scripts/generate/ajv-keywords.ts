import { _, type CodeKeywordDefinition, type KeywordCxt, stringify } from "ajv";

/**
 * `integerRange: ["0", "18446744073709551615"]`: an integer from the first
 * bound to the last, a number or a bigint. ajv's own `integer`, `minimum` and
 * `maximum` know numbers only, which end at 2^53.
 */
export const integerRange: CodeKeywordDefinition = {
  keyword: "integerRange",
  schemaType: "array",
  error: {
    message: "must be an integer in range",
    params: ({ schema }) => _`{range: ${stringify(schema)}}`,
  },
  code(context: KeywordCxt) {
    const { gen, data } = context;
    const [min, max] = context.schema as [string, string];
    const bound = (text: string) =>
      gen.scopeValue("obj", { key: text, ref: BigInt(text), code: _`BigInt(${stringify(text)})` });
    const isNumber = _`typeof ${data} == "number" && Number.isInteger(${data}) && ${data} >= ${Number(min)} && ${data} <= ${Number(max)}`;
    const isWide = !Number.isSafeInteger(Number(min)) || !Number.isSafeInteger(Number(max));
    context.pass(
      isWide
        ? _`(${isNumber}) || (typeof ${data} == "bigint" && ${data} >= ${bound(min)} && ${data} <= ${bound(max)})`
        : isNumber,
    );
  },
};

/**
 * `choice: [...]`: one of these strings. As ajv's `enum`, but the compiled code
 * needn't hold the whole schema for its errors.
 */
export const choice: CodeKeywordDefinition = {
  keyword: "choice",
  schemaType: "array",
  error: {
    message: "must be one of the values",
    params: ({ params }) => _`{allowed: ${params["allowed"]}}`,
  },
  code(context: KeywordCxt) {
    const { gen, data } = context;
    const allowed = gen.scopeValue("obj", listOf(context.schema as string[]));
    context.setParams({ allowed });
    context.pass(_`${allowed}.includes(${data})`);
  },
};

/**
 * `fields: { known: [...], closed }`: reports every member of an object that
 * isn't known. Where `closed` is false that is for a hint only.
 */
export const fields: CodeKeywordDefinition = {
  keyword: "fields",
  type: "object",
  schemaType: "object",
  error: {
    message: "must not be unknown",
    params: ({ params }) => _`{field: ${params["field"]}, known: ${params["known"]}, closed: ${params["closed"]}}`,
  },
  code(context: KeywordCxt) {
    const { gen, data } = context;
    const { known, closed } = context.schema as { known: string[]; closed: boolean };
    const names = gen.scopeValue("obj", listOf(known));
    gen.forIn("field", data, (field) => {
      gen.if(_`!${names}.includes(${field})`, () => {
        context.setParams({ field, known: names, closed: _`${closed}` });
        context.error(true);
      });
    });
  },
};

/** A constant of the compiled module, shared between equal lists. */
function listOf(names: readonly string[]) {
  return { key: names.join(), ref: names, code: stringify(names) };
}
