// Makes V8's code cache of a bundle: node record-code-cache.mjs BUNDLE CACHE COMMAND-LINES
//
// V8 compiles a function when it is first called, and the cache has what is
// compiled by then. So the bundle is run here once for each of COMMAND-LINES,
// a JSON array of argument vectors, with its outputs and its exit taken away.
// The flags must be those with which the bundle will run.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Script } from "node:vm";

const [bundle, cache, commandLines] = process.argv.slice(2);
const { exit } = process;
const text = readFileSync(bundle, "latin1");
// As runBundle() of src/host/bundle has it: V8 takes the cache for no other text.
const script = new Script(`(function (exports, require, module, __filename, __dirname) { ${text}\n})`, {
  filename: bundle,
});

process.stdout.write = () => true;
process.stderr.write = () => true;
for (const args of JSON.parse(commandLines)) await rehearse(args);
writeFileSync(`${cache}.partial`, script.createCachedData());
renameSync(`${cache}.partial`, cache);
exit(0);

/** Settles when the program would end. */
function rehearse(args) {
  return new Promise((resolve) => {
    process.exit = resolve;
    process.argv = [process.execPath, bundle, ...args];
    const module = { exports: {} };
    script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, dirname(bundle));
  });
}
