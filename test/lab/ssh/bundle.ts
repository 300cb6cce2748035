import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import t from "tap";
import { shortDirectory } from "../../support/short-directory.js";

const root = resolve(import.meta.dirname, "../../..");
/** Bundles as the build does, which is no module of TypeScript. */
const BUNDLE = `
  import * as esbuild from "esbuild";
  import { lazyBuiltins } from "./scripts/bundle/lazy-builtins.mjs";
  import { optionalNativeParts } from "./scripts/bundle/optional-native-parts.mjs";
  const { warnings } = await esbuild.build({
    entryPoints: ["src/lab/ssh/connect.ts"], outfile: process.argv[1],
    bundle: true, platform: "node", target: "node20", format: "cjs", logLevel: "silent",
    supported: { "dynamic-import": false }, plugins: [lazyBuiltins, optionalNativeParts],
  });
  console.log(JSON.stringify(warnings));
`;

t.test("a bundle connects without the library's native parts, and without its folder", async (t) => {
  const dir = shortDirectory(t);
  const file = join(dir, "lab.cjs");
  const run = (cwd: string, ...args: string[]): string =>
    execFileSync(process.execPath, args, { cwd, encoding: "utf8" });
  t.same(JSON.parse(run(root, "--input-type=module", "--eval", BUNDLE, file)), [], "esbuild has no warning");
  t.same(readdirSync(dir), ["lab.cjs"], "no file beside it");
  const attempt = `
    const { connect } = require(${JSON.stringify(file)});
    const options = { knownHosts: [], identities: [], agentSocket: "" };
    connect({ user: "x", host: "127.0.0.1", port: 1 }, options).catch(({ code, message }) => console.log(code, message));
  `;
  t.match(run(dir, "--eval", attempt), /^unavailable x@127\.0\.0\.1:1: the connection was refused/);
});
