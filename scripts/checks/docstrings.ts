import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import type { Check } from "./check.js";
import { filesBelow, MODULE_FOLDERS, packageFolders } from "./source-files.js";

/** Every export of the project's modules has a docstring; tests have no exports to document. */
export const docstrings: Check = {
  name: "undocumented exports",
  async run(root) {
    const folders = [...MODULE_FOLDERS.filter((folder) => folder !== "test"), ...packageFolders(root, ["src"])];
    const files = [...filesBelow(root, folders, [".ts"]), ...filesBelow(root, ["test/support"], [".ts"])];
    const own = files.filter((file) => !file.includes("/gen/") && !file.endsWith(".d.ts"));
    const findings: string[] = [];
    for (const file of own) findings.push(...undocumentedExports(file, await readFile(join(root, file), "utf8")));
    return findings.length > 0 ? { ok: false, text: findings.join("\n") } : { ok: true, text: `${own.length} modules` };
  },
};

/**
 * The exported declarations of a module that have no docstring, as
 * `file:line: name`. Overloads share the docstring of the first.
 */
export function undocumentedExports(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const documented = new Set<string>();
  const findings: string[] = [];
  for (const statement of source.statements) {
    if (!isExported(statement)) continue;
    const names = declaredNames(statement);
    if (hasDocstring(statement)) for (const name of names) documented.add(name);
    const { line } = source.getLineAndCharacterOfPosition(statement.getStart());
    for (const name of names) if (!documented.has(name)) findings.push(`${file}:${line + 1}: ${name}`);
  }
  return findings;
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false)
  );
}

function hasDocstring(statement: ts.Statement): boolean {
  return ts.getJSDocCommentsAndTags(statement).some((doc) => ts.isJSDoc(doc) && doc.comment !== undefined);
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((declaration) => declaration.name.getText());
  }
  if ("name" in statement) return [(statement.name as ts.Identifier | undefined)?.getText() ?? "default"];
  return [];
}
