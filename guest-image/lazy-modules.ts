import { createRequire, isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

/** Modules of Node whose objects V8 can't put into a startup snapshot. */
const NOT_IN_SNAPSHOTS = /^(?:node:)?(?:http2?|https|tls)$/;

const NAMESPACE = "lazy";

/**
 * Lets a bundle import modules of Node that a startup snapshot can't hold:
 * each is loaded when one of its exports is first used, which is after the
 * snapshot was read.
 */
export const lazyModules: Plugin = {
  name: "lazy-modules",
  setup(build) {
    build.onResolve({ filter: NOT_IN_SNAPSHOTS }, ({ path }) => ({ path, namespace: NAMESPACE }));
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({ contents: lazySource(path), loader: "js" }));
  },
};

/** CommonJS source with a getter for each export of a built-in module. */
function lazySource(module: string): string {
  if (!isBuiltin(module)) throw new Error(`${module} is no module of Node`);
  const names = Object.keys(createRequire(import.meta.url)(module) as object);
  return `for (const name of ${JSON.stringify(names)}) {
    Object.defineProperty(exports, name, {
      enumerable: true,
      get: () => process.getBuiltinModule(${JSON.stringify(module)})[name],
    });
  }`;
}
