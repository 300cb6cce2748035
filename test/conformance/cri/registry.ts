import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ImageSet } from "./stand-in-images.js";

/** Groups of the paths that a pull asks for (distribution-spec, "pull"). */
const PULLED = /^\/v2\/(?<repository>.+)\/(?<kind>manifests|blobs)\/(?<reference>[^/]+)$/;

/**
 * Serves images on loopback, as a registry that knows no other names than
 * theirs, and that only pulls can be made from.
 *
 * @returns the server, and its address as `http://127.0.0.1:PORT`
 */
export async function serveRegistry(images: ImageSet): Promise<{ server: Server; address: string }> {
  const server = createServer((request, response) => answer(images, request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function answer({ blobs, tags }: ImageSet, request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? "/", "http://registry");
  if (pathname === "/v2/") {
    response.end();
    return;
  }
  const { repository, reference = "" } = PULLED.exec(pathname)?.groups ?? {};
  const digest = reference.startsWith("sha256:") ? reference : (tags.get(`${repository}:${reference}`) ?? "");
  const blob = blobs.byDigest.get(digest);
  if (blob === undefined) {
    response.writeHead(404, { "content-type": "application/json" });
    response.end(JSON.stringify({ errors: [{ code: "NAME_UNKNOWN", message: `no stand-in for ${pathname}` }] }));
    return;
  }
  const { mediaType, content } = blob;
  response.writeHead(200, {
    "content-type": mediaType,
    "content-length": content.length,
    "docker-content-digest": digest,
  });
  response.end(request.method === "HEAD" ? undefined : content);
}
