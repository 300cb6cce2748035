import { parse, TomlError } from "smol-toml";
import { TskataError } from "../../common/error.js";
import { checkSchema } from "../../oci/validation/check-schema.js";
import { throwOnErrors } from "../../oci/validation/issue.js";
import type { ConfigurationFile } from "./configuration-file.js";
import { matchesConfiguration } from "./gen/validator.js";

/**
 * Parses and checks the text of one configuration file. Unknown keys are
 * refused, since a misspelt one would otherwise leave a default in force.
 *
 * @param path names the file in errors
 * @throws TskataError `invalid-argument` with the file, the key, what was found and what was expected
 */
export function parseConfiguration(text: string, path: string): ConfigurationFile {
  let file: unknown;
  try {
    file = parse(text, { maxDepth: 8 });
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    // The first line says what is wrong; a picture of the place follows.
    const [what] = cause.message.split("\n");
    const where = `not valid TOML at line ${cause.line}, column ${cause.column}`;
    throw new TskataError("invalid-argument", `${path}: ${where}: ${what}`, { cause });
  }
  throwOnErrors(path, checkSchema(matchesConfiguration, file));
  return file as ConfigurationFile;
}
