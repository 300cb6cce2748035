import t from "tap";
import { undocumentedExports } from "../../../scripts/checks/docstrings.js";

t.test("undocumentedExports() names what has no docstring, with its line", async (t) => {
  const text = [
    "/** Documented. */",
    "export const a = 1;",
    "export const b = 2;",
    "// only a comment",
    "export function c(): void {}",
    "export interface D {}",
    "export type E = string;",
    "export class F {}",
    "function internal(): void {}",
    'export { g } from "./g.js";',
  ].join("\n");
  t.strictSame(undocumentedExports("m.ts", text), ["m.ts:3: b", "m.ts:5: c", "m.ts:6: D", "m.ts:7: E", "m.ts:8: F"]);
});

t.test("undocumentedExports() takes the first overload's docstring for all, and no empty one", async (t) => {
  const overloads = "/** Does. */\nexport function f(a: string): void;\nexport function f(a: number): void;";
  t.strictSame(undocumentedExports("m.ts", overloads), []);
  t.strictSame(undocumentedExports("m.ts", "/** */\nexport const a = 1;"), ["m.ts:2: a"]);
});
