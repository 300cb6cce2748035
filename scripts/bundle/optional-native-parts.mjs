/** What ssh2 is quicker with, and does without: it asks for both in a `try`. */
const OPTIONAL = /^cpu-features$|\/sshcrypto\.node$/;

/** An esbuild plugin: a bundle has none of them, whether they were compiled or not, since they lie outside of it. */
export const optionalNativeParts = {
  name: "optional-native-parts",
  setup(build) {
    build.onResolve({ filter: OPTIONAL }, ({ path }) => ({ path, namespace: "optional-native-part" }));
    build.onLoad({ filter: /.*/, namespace: "optional-native-part" }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not part of the bundle`)});`,
    }));
  },
};
