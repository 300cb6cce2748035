import type { DescFile } from "@bufbuild/protobuf";

/** Numbers of the repeated fields in descriptor.proto that lead from a file to what it declares. */
export const DescriptorField = {
  fileMessage: 4,
  fileEnum: 5,
  fileService: 6,
  messageField: 2,
  messageMessage: 3,
  messageEnum: 4,
  enumValue: 2,
  serviceMethod: 2,
} as const;

/** Where a declaration stands in its file: pairs of field number and index. */
export type DeclarationPath = readonly number[];

/** Looks up the comments of a .proto file's declarations. */
export class Comments {
  readonly #leading = new Map<string, string>();

  constructor(file: DescFile) {
    for (const location of file.proto.sourceCodeInfo?.location ?? []) {
      const text = location.leadingComments.trim();
      if (text !== "") this.#leading.set(location.path.join("."), text);
    }
  }

  /** The comment of a declaration as a doc comment; `fallback` stands in for a missing one. */
  at(path: DeclarationPath, indent: string, fallback?: string): string {
    const text = this.#leading.get(path.join(".")) ?? fallback;
    if (text === undefined) return "";
    const lines = text.replaceAll("*/", "*\\/").split("\n");
    if (lines.length === 1) return `${indent}/** ${lines[0]?.trim()} */\n`;
    const body = lines.map((line) => `${indent} * ${line.trim()}`.trimEnd());
    return `${indent}/**\n${body.join("\n")}\n${indent} */\n`;
  }
}
