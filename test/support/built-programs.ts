import { join } from "node:path";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";

/** The built library that QEMU's own virtiofsd needs. */
export const VIRTIOFSD_PRELOAD = join(repositoryRoot(import.meta.url), "dist/libexec/tskata-virtiofsd-preload.so");

/** The built program that makes taps. */
export const TAP_SENDER = join(repositoryRoot(import.meta.url), "dist/libexec/tskata-tap-sender");
