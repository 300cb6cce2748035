// Runs the code generators: node scripts/generate/run.mjs [--check]
// They are TypeScript, which Node 20 doesn't load by itself, so esbuild makes
// one file of them first.
import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../..");
// Below node_modules, so that the bundle finds its packages.
const directory = await mkdtemp(path.join(root, "node_modules/.generate-"));
try {
  const outfile = path.join(directory, "main.mjs");
  await build({
    entryPoints: [path.join(here, "main.ts")],
    bundle: true,
    packages: "external",
    // The drivers use the project's own packages, which needn't be built for this.
    alias: Object.fromEntries(
      ["qemu-qmp-client", "vsock-ts"].map((name) => [name, path.join(root, "packages", name, "src/index.ts")]),
    ),
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "warning",
  });
  const { runGenerators } = await import(pathToFileURL(outfile).href);
  process.exitCode = await runGenerators(root, process.argv.slice(2));
} finally {
  await rm(directory, { recursive: true, force: true });
}
