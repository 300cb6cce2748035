import { once } from "node:events";
import t from "tap";
import { serveRegistry } from "../conformance/cri/registry.js";
import { standInImages } from "../conformance/cri/stand-in-images.js";

const layer = (name: string): Buffer => Buffer.from(`the layer ${name}`);
const LAYERS = {
  busybox: layer("busybox"),
  pause: layer("pause"),
  webServer: layer("web server"),
  effectiveUser: layer("effective user"),
  groups: layer("groups"),
};

/** What a manifest says, so far as it is looked at. */
interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

t.test("the registry's stand-in is pulled from as others are", async (t) => {
  const images = standInImages(LAYERS);
  const { server, address } = await serveRegistry(images);
  t.teardown(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });
  const ask = (path: string, method = "GET"): Promise<Response> => fetch(`${address}/v2/${path}`, { method });
  t.equal((await ask("")).status, 200, "it says that it is one");

  const byTag = await ask("pause/manifests/3.9?ns=registry.k8s.io");
  t.equal(byTag.headers.get("content-type"), "application/vnd.oci.image.manifest.v1+json");
  const digest = byTag.headers.get("docker-content-digest") ?? "";
  const text = await byTag.text();
  t.equal(await (await ask(`pause/manifests/${digest}`)).text(), text, "a digest leads to the same");
  const { config, layers } = JSON.parse(text) as Manifest;
  t.match(await (await ask(`pause/blobs/${config.digest}`)).json(), { os: "linux", config: { Cmd: ["/pause"] } });
  t.equal(await (await ask(`pause/blobs/${layers[1]?.digest}`)).text(), "the layer pause");

  const head = await ask("pause/manifests/3.9", "HEAD");
  t.same([head.headers.get("content-length"), await head.text()], [String(text.length), ""]);
  t.same([(await ask("pause/manifests/3.8")).status, (await ask("pause/blobs/sha256:00")).status], [404, 404]);
});

t.test("images of other references are other images, unless they are tags of one", async (t) => {
  const { tags } = standInImages(LAYERS);
  const digests = (suffixes: readonly string[]): (string | undefined)[] =>
    suffixes.map((suffix) => tags.get(`k8s-staging-cri-tools/test-image-${suffix}`));
  t.equal(new Set(digests(["latest:latest", "tag:test", "tag:all", "1:latest", "2:latest", "3:latest"])).size, 6);
  t.equal(new Set(digests(["tags:1", "tags:2", "tags:3"])).size, 1);
});
