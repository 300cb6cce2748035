import { join } from "node:path";
import { messageOf } from "../src/common/error.js";
import { installFiles } from "./install/installation.js";
import { installedFiles } from "./install/installed-files.js";
import { parseDestination } from "./install/prefix-option.js";

/** Installs the built checkout for all users: `npm run install:system -- [--prefix DIR] [--destdir DIR]`. */
function main(): void {
  const { directory, prefix } = parseDestination(process.argv.slice(2));
  const files = installedFiles(process.cwd(), prefix, process.execPath);
  installFiles(directory, files);
  console.log(`${files.length} files under ${directory}; the command is ${join(prefix, "bin/tskata")}`);
}

try {
  main();
} catch (error) {
  console.error(`install: ${messageOf(error)}`);
  process.exitCode = 1;
}
