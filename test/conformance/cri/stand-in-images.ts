import { type Descriptor, type ImageConfig, OciBlobs } from "../../../scripts/oci/oci-blobs.js";
import type { StandInLayers } from "./stand-in-layers.js";

/** Images as a registry has them. */
export interface ImageSet {
  readonly blobs: OciBlobs;
  /** Digests of manifests by `REPOSITORY:TAG`, without the registry's name. */
  readonly tags: Map<string, string>;
}

const E2E = "e2e-test-images";
const CRI_TOOLS = "k8s-staging-cri-tools";
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const PID_FILE = "/var/run/nginx.pid";

/** Users of the suite's images, by what stands behind `test-image-user-`. */
const USERS: Readonly<Record<string, string>> = {
  uid: "1002",
  username: "www-data",
  "uid-group": "1003:users",
  "username-group": "www-data:www-data",
};
/** Images of busybox whose references are what the suite looks at. */
const REFERENCES = ["latest:latest", "tag:test", "tag:all", "1:latest", "2:latest", "3:latest"];
/** Tags of one image. */
const ONE_IMAGE = ["1", "2", "3"].map((tag) => `${CRI_TOOLS}/test-image-tags:${tag}`);

/**
 * What stands in for the images that critest 1.37 pulls (`pkg/validate`),
 * whatever their registry is. An image has a label with its reference, so that
 * those of other references are other images.
 */
export function standInImages(layers: StandInLayers): ImageSet {
  const blobs = new OciBlobs();
  const tags = new Map<string, string>();
  const [busybox, pause, webServer, effectiveUser, groups] = [
    layers.busybox,
    layers.pause,
    layers.webServer,
    layers.effectiveUser,
    layers.groups,
  ].map((archive) => blobs.addLayer(archive)) as [Descriptor, Descriptor, Descriptor, Descriptor, Descriptor];
  const add = (references: readonly string[], config: ImageConfig, ...added: Descriptor[]): void => {
    const own = { Env: [PATH], Cmd: ["sh"], Labels: { "stands-in-for": references.join(" ") } };
    const { digest } = blobs.addImage({ ...own, ...config }, [busybox, ...added]);
    for (const reference of references) tags.set(reference, digest);
  };
  const addWebServer = (reference: string, port: number): void =>
    add([reference], { Cmd: ["/bin/nginx", String(port), "master process", PID_FILE] }, webServer);

  add(["pause:3.9"], { Cmd: ["/pause"] }, pause);
  add([`${E2E}/busybox:1.29-2`], {});
  addWebServer(`${E2E}/nginx:1.14-2`, 80);
  addWebServer(`${E2E}/httpd:2.4.39-4`, 80);
  addWebServer(`${CRI_TOOLS}/hostnet-nginx-amd64:latest`, 12003);
  add([`${E2E}/nonewprivs:1.3`], { Cmd: ["/bin/effective-user"] }, effectiveUser);
  add([`${CRI_TOOLS}/test-image-predefined-group:latest`], { User: "1000" }, groups);
  for (const reference of REFERENCES) add([`${CRI_TOOLS}/test-image-${reference}`], {});
  for (const [name, user] of Object.entries(USERS))
    add([`${CRI_TOOLS}/test-image-user-${name}:latest`], { User: user });
  add(ONE_IMAGE, {});
  return { blobs, tags };
}
