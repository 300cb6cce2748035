// Builds everything that needs no VM: node scripts/build.mjs [--quiet]
//
//   packages/*/dist       the workspaces, by tsc; packages/*/build their native parts, by gcc
//   dist/host             the command line and the supervisor, by esbuild, with V8's code caches
//   dist/libexec          the host's C programs and libraries, by gcc
//   dist/lab              what the lab takes along to other machines: tests as one file, a guest for them, busybox
//   build/scripts         scripts/*.ts, the benchmarks and the conformance runners as single files, by esbuild
//   build/js              every module and test by itself, for the test runner
//
// It is plain JavaScript because Node 20 doesn't load TypeScript, and short
// because whatever can be is TypeScript under scripts/. The guest's kernel and
// image are built by scripts/build-guest.ts.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { lazyBuiltins } from "./bundle/lazy-builtins.mjs";
import { optionalNativeParts } from "./bundle/optional-native-parts.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const quiet = process.argv.includes("--quiet");
/** Folders whose modules the test runner may need. */
const MODULE_FOLDERS = ["src", "hypervisors", "guest-image", "kernel-config", "scripts", "bench", "test"];

const HOST_FOLDER = "dist/host";
const HOST_PROGRAMS = {
  main: "src/host/cli/main.ts",
  supervisor: "src/host/sandbox/supervisor-main.ts",
  shim: "src/host/shim/main.ts",
  "template-maker": "src/host/sandbox/template-maker-main.ts",
  lab: "src/lab/main.ts",
};
/** Those that somebody waits for. */
const CACHED_PROGRAMS = ["main", "supervisor", "shim"];

/** One file without its map: some hosts take seconds to read it. */
const SUITE = { entryNames: "[name]", outExtension: { ".js": ".mjs" }, sourcemap: false };

/** Of bundles that code caches are made of: V8 has none for modules. */
const COMMON_JS = {
  format: "cjs",
  define: { "import.meta.url": "__bundleUrl" },
  banner: { js: 'const __bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
};

async function main() {
  const steps = {
    workspaces: buildWorkspaces,
    "host programs": bundleHost,
    "C programs": compilePrograms,
    "code caches": recordCodeCaches,
    "lab's suite": bundleSuite,
    scripts: bundleScripts,
    "modules and tests": transpileModules,
  };
  for (const [what, step] of Object.entries(steps)) {
    const startMs = performance.now();
    try {
      const detail = await step();
      if (!quiet) console.log(`${what}: ${detail} (${((performance.now() - startMs) / 1000).toFixed(1)} s)`);
    } catch (error) {
      // the other steps go on: their own messages help to find the fault
      console.error(`build: ${what}: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  }
}

/** Compiles the workspaces; without work to do tsc isn't even loaded. */
function buildWorkspaces() {
  const stale = workspaceFolders().filter((folder) => {
    const inputs = [join(folder, "tsconfig.json"), "tsconfig.base.json", ...filesBelow(join(folder, "src"))];
    return newest(inputs) > newest(filesBelow(join(folder, "dist")).filter((file) => file.endsWith(".js")));
  });
  if (stale.length > 0) {
    for (const folder of stale) rmSync(join(root, folder, "dist"), { recursive: true, force: true });
    for (const folder of stale) rmSync(join(root, folder, "tsconfig.tsbuildinfo"), { force: true });
    run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--build", ...stale]);
  }
  const compiled = workspaceFolders().filter(compileNativePart);
  const done = [...stale, ...compiled.map((folder) => `${folder}/native`)];
  return done.length === 0 ? "up to date" : done.join(", ");
}

/** A workspace that has one compiles it by itself, as where it is installed; bundles have it in libexec. */
function compileNativePart(folder) {
  const program = `${folder}/scripts/build-native.mjs`;
  if (!existsSync(join(root, program))) return false;
  const inputs = [program, ...filesBelow(`${folder}/native`)];
  if (newest(inputs) <= newest(filesBelow("dist/libexec").filter((file) => file.endsWith(".node")))) return false;
  run(process.execPath, [program]);
  const name = basename(filesBelow(`${folder}/build`)[0]);
  mkdirSync(join(root, "dist/libexec"), { recursive: true });
  copyFileSync(join(root, `${folder}/build/${name}`), join(root, `dist/libexec/tskata-${name}`));
  return true;
}

/**
 * Each program is one bundle of CommonJS, named after a hash of its content,
 * and a file that runs it with its code cache, see src/host/bundle.
 */
async function bundleHost() {
  const { metafile } = await bundle({
    entryPoints: HOST_PROGRAMS,
    outdir: HOST_FOLDER,
    entryNames: "[name]-[hash]",
    outExtension: { ".js": ".cjs" },
    supported: { "dynamic-import": false },
    plugins: [lazyBuiltins, optionalNativeParts],
    ...COMMON_JS,
  });
  const outputs = { ...metafile.outputs };
  for (const [name, source] of Object.entries(HOST_PROGRAMS)) {
    const [file] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === source);
    const entry = `import { runBundle } from "./src/host/bundle/run-bundle.js"; runBundle(__dirname, "${basename(file)}", require);`;
    const starter = { stdin: { contents: entry, resolveDir: root }, outfile: `${HOST_FOLDER}/${name}.cjs` };
    Object.assign(outputs, (await bundle({ ...starter, ...COMMON_JS })).metafile.outputs);
    outputs[codeCacheFile(file)] = { bytes: 0 };
  }
  return removeOthers(join(root, HOST_FOLDER), { outputs });
}

/** The part of tap that shows elements of React, which tests have none of; its dependency is left out. */
const withoutReact = {
  name: "without-react",
  setup({ onLoad }) {
    onLoad({ filter: /tcompare\/dist\/esm\/react-element-to-jsx-string\.js$/ }, () => ({
      contents: "export default String;",
    }));
  },
};

/** The tests that the lab runs on other machines, which have neither our sources nor a compiler. */
async function bundleSuite() {
  const folder = join(root, "dist/lab");
  const source = "test/lab/suite/main.ts";
  const { metafile } = await bundle({
    entryPoints: { suite: source },
    outdir: folder,
    plugins: [withoutReact],
    ...SUITE,
  });
  copyFileSync(join(root, "bin/tskata"), join(folder, "tskata"));
  copyFileSync("/bin/busybox", join(folder, "busybox"));
  const init = "test/hypervisors/fixtures/contract-init.c";
  if (newest([init]) > newest(["dist/lab/contract.erofs"])) {
    const tree = mkdtempSync(join(tmpdir(), "contract-"));
    for (const name of ["sbin", "dev", "proc", "sys", "mnt"]) mkdirSync(join(tree, name));
    run("gcc", ["-static", "-O2", "-Wall", "-Wextra", "-Werror", "-o", join(tree, "sbin/init"), init]);
    run("mkfs.erofs", ["--quiet", "-T0", "--all-root", join(folder, "contract.erofs"), tree]);
    rmSync(tree, { recursive: true });
  }
  return `${Math.round(Object.values(metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0) / 1024)} KiB`;
}

/** Makes the code caches that src/host/bundle looks for; those of the same bundles are there already. */
async function recordCodeCaches() {
  const recorded = [];
  for (const name of CACHED_PROGRAMS) {
    const file = filesBelow(HOST_FOLDER).find((file) => file.endsWith(".cjs") && basename(file).startsWith(`${name}-`));
    if (newest([codeCacheFile(file)]) > newest(filesBelow("scripts/bundle"))) continue;
    const args = [
      "scripts/bundle/record-code-cache.mjs",
      file,
      codeCacheFile(file),
      `scripts/bundle/rehearse-${name}.mjs`,
    ];
    // the supervisor finds the channel to its caller at descriptor 3, and that the caller is gone
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit", "pipe"] });
    child.stdio[3].on("error", () => undefined).destroy();
    const [status] = await once(child, "exit");
    if (status !== 0) throw new Error(`the code cache of ${name}: status ${status}`);
    recorded.push(name);
  }
  return recorded.length === 0 ? "up to date" : recorded.join(", ");
}

function codeCacheFile(bundle) {
  return `${bundle}.${process.version}.cache`;
}

async function bundleScripts() {
  const outdir = join(root, "build/scripts");
  const entryPoints = {
    ...scriptEntries(),
    bench: "bench/main.ts",
    conformance: "test/conformance/main.ts",
    "conformance-cri": "test/conformance/cri/main.ts",
    "cri-world": "test/conformance/cri/world-main.ts",
    kubernetes: "test/kubernetes/main.ts",
    "kubernetes-world": "test/kubernetes/world-main.ts",
  };
  const result = await bundle({
    entryPoints,
    outdir,
    entryNames: "[name]",
    outExtension: { ".js": ".mjs" },
    packages: "external",
  });
  return removeOthers(outdir, result.metafile);
}

function scriptEntries() {
  const names = readdirSync(join(root, "scripts")).filter((name) => name.endsWith(".ts"));
  return Object.fromEntries(names.map((name) => [name.replace(/\.ts$/, ""), `scripts/${name}`]));
}

function bundle(options) {
  return esbuild.build({
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    sourcemap: "linked",
    // CommonJS dependencies ask for Node's modules by require().
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    legalComments: "external",
    metafile: true,
    logLevel: "warning",
    ...options,
  });
}

/** Removes what an earlier build left beside the outputs of this one. */
function removeOthers(outdir, metafile) {
  const outputs = new Set(Object.keys(metafile.outputs).map((output) => join(root, output)));
  for (const file of filesBelow(outdir)) if (!outputs.has(join(root, file))) rmSync(join(root, file));
  const bytes = Object.entries(metafile.outputs).filter(([file]) => /\.[cm]?js$/.test(file));
  return `${bytes.length} files, ${Math.round(bytes.reduce((sum, [, output]) => sum + output.bytes, 0) / 1024)} KiB`;
}

/** A library has what it needs of `native`, and shows what it is loaded for. */
const LIBRARY_FLAGS = ["-shared", "-fPIC", "-fvisibility=hidden", "-ffunction-sections", "-Wl,--gc-sections"];

/** One from each folder of C sources, named after it; all have `native` in common. */
function compilePrograms() {
  const folders = ["monitor", "bind-mount", "seccomp-notifier", "warm-up", "enter-cgroups"].map(
    (name) => `src/host/${name}`,
  );
  const drivers = [
    ...["tap-sender", "memory-copier", "fork-client"].map((name) => `hypervisors/qemu/${name}`),
    ...["enclosure", "console-relay"].map((name) => `hypervisors/kvmtool/${name}`),
  ];
  const alone = ["-static", "-nostdlib", "-Wl,-z,noseparate-code"];
  const libraries = ["src/host/virtiofsd-preload", "hypervisors/qemu/memory-preload", "hypervisors/qemu/fork-server"];
  copyScripts();
  const compiled = [
    ...[...folders, ...drivers].filter((folder) => compileC(folder, "", ["-static"])),
    ...["src/host/pause"].filter((folder) => compileC(folder, "", alone)),
    ...libraries.filter((folder) => compileC(folder, ".so", LIBRARY_FLAGS)),
  ];
  return compiled.length === 0 ? "up to date" : compiled.map((folder) => basename(folder)).join(", ");
}

/** Programs that are text. */
function copyScripts() {
  const folder = join(root, "dist/libexec");
  mkdirSync(folder, { recursive: true });
  for (const name of ["xen-vif", "xen-disk"]) {
    copyFileSync(join(root, `hypervisors/xen/hotplug/${name}.sh`), join(folder, `tskata-${name}`));
  }
}

function compileC(folder, suffix, kind) {
  const output = `dist/libexec/tskata-${basename(folder)}${suffix}`;
  const shared = kind.includes("-nostdlib") ? [] : ["src/common/native"];
  const sources = [folder, ...shared].flatMap(filesBelow).filter((file) => file.endsWith(".c"));
  const headers = ["hypervisors", "src"].flatMap(filesBelow).filter((file) => file.endsWith(".h"));
  if (newest([...sources, ...headers]) <= newest([output])) return false;
  mkdirSync(join(root, dirname(output)), { recursive: true });
  const flags = ["-std=gnu11", "-O2", "-s", "-Wall", "-Wextra", "-Werror", ...kind];
  run("gcc", [...flags, "-o", output, ...sources]);
  return true;
}

/**
 * Transpiles each module to the same place under build/js. Modules keep
 * seeing their source's address in import.meta, so that files beside them are
 * found.
 */
async function transpileModules() {
  const folders = [...MODULE_FOLDERS, ...workspaceFolders().flatMap((folder) => [`${folder}/src`, `${folder}/test`])];
  const sources = folders.flatMap(filesBelow).filter((file) => /(?<!\.d)\.ts$|\.m?js$|\.json$/.test(file));
  const expected = new Set();
  let count = 0;
  await Promise.all(
    sources.map(async (source) => {
      const output = join("build/js", source.replace(/\.ts$/, ".js"));
      expected.add(output);
      if (newest([source]) <= newest([output])) return;
      count += 1;
      const text = readFileSync(join(root, source), "utf8");
      const code = source.endsWith(".json") ? text : (await transpile(source, text)).code;
      mkdirSync(join(root, dirname(output)), { recursive: true });
      writeFileSync(join(root, output), code);
    }),
  );
  for (const file of filesBelow("build/js")) if (!expected.has(file)) rmSync(join(root, file));
  return `${count} of ${sources.length}`;
}

function transpile(source, text) {
  const file = join(root, source);
  return esbuild.transform(text, {
    loader: source.endsWith(".ts") ? "ts" : "js",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    sourcefile: file,
    define: {
      "import.meta.url": JSON.stringify(pathToFileURL(file).href),
      "import.meta.filename": JSON.stringify(file),
      "import.meta.dirname": JSON.stringify(dirname(file)),
    },
  });
}

function workspaceFolders() {
  return readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
}

/** Files under a folder of the project, as paths from its root; none where it doesn't exist. */
function filesBelow(folder) {
  const start = resolve(root, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

/** Time of the newest of some files in milliseconds; 0 where there is none. */
function newest(files) {
  return Math.max(0, ...files.map((file) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0));
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} failed with status ${status}`);
}

await main();
