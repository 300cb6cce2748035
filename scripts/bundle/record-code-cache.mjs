// Makes V8's code cache of a bundle: node record-code-cache.mjs BUNDLE CACHE REHEARSAL
//
// V8 compiles a function when it is first called, and the cache has what is
// compiled by then. So the bundle is run here as often as the module
// REHEARSAL likes, with its outputs and its exit taken away.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";

const [file, cache, rehearsal] = process.argv.slice(2);
const bundle = resolve(file);
const { rehearse } = await import(pathToFileURL(resolve(rehearsal)).href);
const { exit } = process;
const text = readFileSync(bundle, "latin1");
// As compileBundle() of src/host/bundle has it: V8 takes the cache for no other text.
const script = new Script(`(function (exports, require, module, __filename, __dirname) { ${text}\n})`, {
  filename: bundle,
});

/** Runs the bundle with arguments; settles with the status when it would end the process. */
function run(args) {
  return new Promise((ended) => {
    process.exit = ended;
    process.argv = [process.execPath, bundle, ...args];
    const module = { exports: {} };
    script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, dirname(bundle));
  });
}

const { write } = process.stderr;
process.stdout.write = () => true;
process.stderr.write = () => true;
await rehearse(run);
process.stderr.write = write;
writeFileSync(`${cache}.partial`, script.createCachedData());
renameSync(`${cache}.partial`, cache);
exit(0);
