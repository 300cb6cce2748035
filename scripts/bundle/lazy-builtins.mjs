import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
/** Of Node's modules those that cost 0.5 ms and more to load, and what they are made of. */
const LAZY = /^node:(child_process|crypto|fs\/promises|net|readline|stream|timers\/promises)$/;

/** An esbuild plugin: a bundle of CommonJS loads these modules when it first uses something of them. */
export const lazyBuiltins = {
  name: "lazy-builtins",
  setup(build) {
    build.onResolve({ filter: LAZY }, ({ path, namespace }) =>
      namespace === "lazy" ? { path, external: true } : { path, namespace: "lazy" },
    );
    build.onLoad({ filter: LAZY, namespace: "lazy" }, ({ path }) => ({
      contents: `for (const name of ${JSON.stringify(Object.keys(require(path)))})
        Object.defineProperty(exports, name, { enumerable: true, get: () => require(${JSON.stringify(path)})[name] });`,
    }));
  },
};
