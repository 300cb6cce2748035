import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { parseJson } from "../../src/oci/parse-json.js";
import type { GeneratedFile } from "./generated-file.js";
import type { JsonObject } from "./prepare-schema.js";
import { compileSchemas, declareValidators } from "./schema-compiler.js";

/** A module of compiled validators. */
interface Target {
  /** Folder of the schemas. */
  readonly schemas: string;
  /** The module, without its ending. */
  readonly output: string;
  readonly schemaErrorModule: string;
  /** `$id` by name of export. */
  readonly names: Readonly<Record<string, string>>;
}

const TARGETS: readonly Target[] = [
  {
    schemas: "src/oci/schema",
    output: "src/oci/gen/validators",
    schemaErrorModule: "../validation/schema-error.js",
    names: {
      matchesConfig: "config.json",
      matchesProcess: "process.json",
      matchesResources: "resources.json",
    },
  },
  {
    schemas: "src/oci/schema",
    output: "src/oci/gen/output-validators",
    schemaErrorModule: "../validation/schema-error.js",
    names: { matchesState: "state.json", matchesFeatures: "features.json" },
  },
  {
    schemas: "src/host/config",
    output: "src/host/config/gen/validator",
    schemaErrorModule: "../../../oci/validation/schema-error.js",
    names: { matchesConfiguration: "config.schema.json" },
  },
];

/** Compiles every JSON schema of the project, so that no run of the program has to. */
export async function generateValidators(root: string): Promise<GeneratedFile[]> {
  const files: GeneratedFile[] = [];
  for (const { schemas, output, schemaErrorModule, names } of TARGETS) {
    const documents = await readSchemas(path.join(root, schemas));
    files.push(
      { path: `${output}.js`, text: await compileSchemas(documents, names) },
      { path: `${output}.d.ts`, text: declareValidators(names, schemaErrorModule) },
    );
  }
  return files;
}

/** The schemas of a folder; each has its file's name for `$id`. */
async function readSchemas(folder: string): Promise<JsonObject[]> {
  const documents: JsonObject[] = [];
  for (const name of (await readdir(folder)).filter((file) => file.endsWith(".json")).toSorted()) {
    const file = path.join(folder, name);
    const schema = parseJson(await readFile(file, "utf8"), file) as JsonObject;
    if (schema["$id"] !== name) throw new Error(`${file}: "$id" must be the file's name`);
    documents.push(schema);
  }
  return documents;
}
