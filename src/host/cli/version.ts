import { VERSION } from "../../common/version.js";
import { OCI_VERSION } from "../../oci/config.js";

/**
 * The answer to `--version`. Engines take the version from the one line with
 * that word, and the commit from a line that begins with `commit:`.
 */
export function versionText(): string {
  return `tskata version ${VERSION}\nspec: ${OCI_VERSION}\nnode: ${process.version}\n`;
}
