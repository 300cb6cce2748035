import t from "tap";
import { prepareSchema } from "../../../scripts/generate/prepare-schema.js";

t.test("prepareSchema() gives integers a range that bigints have too", async (t) => {
  t.same(prepareSchema({ type: "integer", minimum: 0, maximum: 18446744073709551615n, default: 1 }), {
    integerRange: ["0", "18446744073709551615"],
  });
  t.throws(() => prepareSchema({ type: "integer", minimum: 0 }), {
    message: "an integer of a schema needs both bounds",
  });
});

t.test("prepareSchema() notes the names of an object, and whether there may be others", async (t) => {
  const properties = { a: { type: "string" }, b: { enum: ["x"] } };
  const prepared = { a: { type: "string" }, b: { choice: ["x"] } };
  t.same(prepareSchema({ type: "object", properties }), {
    type: "object",
    properties: prepared,
    fields: { known: ["a", "b"], closed: false },
  });
  t.same(prepareSchema({ type: "object", additionalProperties: false, properties }), {
    type: "object",
    properties: prepared,
    fields: { known: ["a", "b"], closed: true },
  });
});

t.test("prepareSchema() leaves maps and references alone and goes into lists and definitions", async (t) => {
  t.same(
    prepareSchema({
      $id: "x",
      title: "X",
      type: "array",
      items: { type: "object", additionalProperties: { enum: ["a"] } },
      definitions: { y: { $ref: "#/definitions/z" }, z: { $comment: "z", enum: ["b"] } },
    }),
    {
      $id: "x",
      type: "array",
      items: { type: "object", additionalProperties: { choice: ["a"] } },
      definitions: { y: { $ref: "#/definitions/z" }, z: { choice: ["b"] } },
    },
  );
});
