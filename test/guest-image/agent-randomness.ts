import t from "tap";
import { bundleAgent } from "../../guest-image/agent-bundle.js";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";

/** Where Node gives random values that are not the kernel's, by what the source of their use looks like. */
const SOURCES = [
  /\bMath\.random\b/,
  /\brandom(UUID|Bytes|Int|Fill|FillSync)\b/,
  /\bgetRandomValues\b/,
  /\bgenerateKey(Pair)?(Sync)?\b/,
  /\bmkdtemp(Sync)?\b/,
  /["'](node:)?(crypto|tls|https|http2)["']/,
];

t.test(
  "nothing in the agent's bundle draws random values in Node, whose generators clones have in common",
  async (t) => {
    const bundle = Buffer.from(await bundleAgent(repositoryRoot(import.meta.url))).toString();
    t.match(bundle, /reseed-random/, "it is the agent");
    for (const source of SOURCES) t.notMatch(bundle, source);
  },
);
