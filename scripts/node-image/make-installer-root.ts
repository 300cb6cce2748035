import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { sharedLibraries } from "../../guest-image/shared-libraries.js";
import { makeBusyboxRootfs } from "../demo/busybox-rootfs.js";

/** Where the image has what it needs of the checkout. */
export const INSTALLER_FOLDER = "/tskata";
/** What it runs. */
export const INSTALLER = `${INSTALLER_FOLDER}/build/scripts/install-node.mjs`;
/** Of the checkout: what is installed, and what installs it. */
const PARTS = [
  "package.json",
  "bin",
  "dist/host",
  "dist/libexec",
  "src/host/config/config.schema.json",
  "kernel-config/fragments",
  "scripts/system-packages.mjs",
  "build/scripts/install-node.mjs",
  "node_modules/smol-toml",
];
const NODE = "usr/bin/node";
/** Kernel and image of the guest, by their names in `build/guest.json`. */
const GUEST_FILES = ["kernel", "bzImage", "image"];

/**
 * Makes the root filesystem of the image that sets up nodes of a cluster:
 * busybox, this machine's Node with its libraries, and what is installed.
 *
 * @param directory is made; must not exist yet
 * @param checkout is built, its guest as well
 */
export async function makeInstallerRoot(directory: string, checkout: string): Promise<void> {
  makeBusyboxRootfs(directory);
  for (const folder of ["usr/lib64", "usr/lib"]) mkdirSync(join(directory, folder), { recursive: true });
  for (const name of ["lib64", "lib"]) symlinkSync(`usr/${name}`, join(directory, name));
  const put = (source: string, target: string): void => {
    mkdirSync(dirname(join(directory, target)), { recursive: true });
    copyFileSync(source, join(directory, target));
  };
  put(process.execPath, NODE);
  for (const { source, target } of await sharedLibraries([process.execPath])) put(source, target);
  for (const part of PARTS) {
    cpSync(join(checkout, part), join(directory, INSTALLER_FOLDER, part), { recursive: true, dereference: true });
  }
  const guest = JSON.parse(readFileSync(join(checkout, "build/guest.json"), "utf8")) as Record<string, unknown>;
  for (const name of GUEST_FILES) {
    const source = String(guest[name]);
    const target = join(INSTALLER_FOLDER, "guest", basename(source));
    put(source, target);
    guest[name] = target;
  }
  writeFileSync(join(directory, INSTALLER_FOLDER, "build/guest.json"), JSON.stringify(guest));
}
