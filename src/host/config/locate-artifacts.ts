import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { errnoName, TskataError } from "../../common/error.js";
import type { Configuration } from "./configuration.js";

/** What a VM boots: absolute paths of files that exist. */
export interface GuestArtifacts {
  readonly kernel: string;
  readonly image: string;
  /** The kernel of Xen's PV guests, where the build was asked for one. */
  readonly xenPvKernel?: string;
}

type ArtifactName = "kernel" | "image";

const NAMES: readonly ArtifactName[] = ["kernel", "image"];

/** How many folders above this module the checkout may be: src/host/config, dist/host. */
const CHECKOUT_DEPTH = 3;

/**
 * Finds the guest's kernel and image, each on its own: what the configuration
 * names, else what `install:system` put beside the programs (in `guest/` next
 * to the folder of this module's bundle), else what the checkout has built.
 * The latter two are told by a guest.json, whose relative paths count from its
 * own folder.
 *
 * @param moduleUrl where the program was loaded from
 * @throws TskataError `not-found` that names every place that was looked at, and what to do
 */
export function locateArtifacts(
  configuration: { readonly guest: Pick<Configuration["guest"], ArtifactName> },
  moduleUrl: string = import.meta.url,
): GuestArtifacts {
  const manifests = manifestPaths(path.dirname(fileURLToPath(moduleUrl)));
  const [kernel, image] = NAMES.map((name) => locate(name, configuration.guest[name], manifests));
  const kernels = manifests.flatMap((manifest) => named("xenPvKernel", manifest) ?? []);
  const xenPvKernel = kernels.find((file) => existsSync(file));
  return { kernel: kernel as string, image: image as string, ...(xenPvKernel !== undefined && { xenPvKernel }) };
}

function locate(name: ArtifactName, configured: string | undefined, manifests: readonly string[]): string {
  if (configured !== undefined) {
    if (existsSync(configured)) return configured;
    throw new TskataError("not-found", `guest.${name} of the configuration: ${configured} doesn't exist`);
  }
  const looked: string[] = [];
  for (const manifest of manifests) {
    const file = named(name, manifest);
    if (file !== undefined && existsSync(file)) return file;
    looked.push(file === undefined ? manifest : `${file} (named by ${manifest})`);
  }
  throw new TskataError(
    "not-found",
    `no guest ${name}: looked at guest.${name} of the configuration, ${looked.join(", ")}; ` +
      "build it with npm start or npm run build:guest; users other than root take npm run install:system",
  );
}

/** The file of that name in a manifest; undefined where it, or the manifest, is absent. */
function named(name: keyof GuestArtifacts, manifest: string): string | undefined {
  const artifact = readManifest(manifest)?.[name];
  return artifact === undefined ? undefined : path.resolve(path.dirname(manifest), artifact);
}

function manifestPaths(folder: string): string[] {
  const installed = path.join(folder, "../guest/guest.json");
  const checkout = checkoutAbove(folder);
  return checkout === undefined ? [installed] : [installed, path.join(checkout, "build/guest.json")];
}

function checkoutAbove(folder: string): string | undefined {
  let candidate = folder;
  for (let level = 0; level < CHECKOUT_DEPTH; level += 1) {
    candidate = path.dirname(candidate);
    if (existsSync(path.join(candidate, "guest-image")) && existsSync(path.join(candidate, "package.json"))) {
      return candidate;
    }
  }
  return undefined;
}

function readManifest(manifest: string): Partial<GuestArtifacts> | undefined {
  let text: string;
  try {
    text = readFileSync(manifest, "utf8");
  } catch (error) {
    if (errnoName(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Partial<GuestArtifacts>;
  } catch (cause) {
    throw new TskataError("invalid-argument", `${manifest} is damaged; build the guest again`, { cause });
  }
}
