import { messageOf } from "../src/common/error.js";
import { uninstallFiles } from "./install/installation.js";
import { parseDestination } from "./install/prefix-option.js";

/** Takes an installation away again: `npm run uninstall:system -- [--prefix DIR] [--destdir DIR]`. */
function main(): void {
  const { directory } = parseDestination(process.argv.slice(2));
  console.log(`${uninstallFiles(directory)} files removed from ${directory}`);
}

try {
  main();
} catch (error) {
  console.error(`uninstall: ${messageOf(error)}`);
  process.exitCode = 1;
}
