import { join } from "node:path";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";

/** The built library that QEMU's own virtiofsd needs. */
export const VIRTIOFSD_PRELOAD = join(repositoryRoot(import.meta.url), "dist/libexec/tskata-virtiofsd-preload.so");

/** The built program that copies a template's memory. */
export const MEMORY_COPIER = join(repositoryRoot(import.meta.url), "dist/libexec/tskata-memory-copier");

/** The built library that lets QEMU map a template's memory. */
export const MEMORY_PRELOAD = join(repositoryRoot(import.meta.url), "dist/libexec/tskata-memory-preload.so");

/** The built program that makes taps. */
export const TAP_SENDER = join(repositoryRoot(import.meta.url), "dist/libexec/tskata-tap-sender");

/** The library that lets a QEMU be forked. */
export const FORK_SERVER = join(repositoryRoot(import.meta.url), "dist/libexec/tskata-fork-server.so");

/** The program that asks it to. */
export const FORK_CLIENT = join(repositoryRoot(import.meta.url), "dist/libexec/tskata-fork-client");

/** The program that puts itself into cgroups and becomes another one. */
export const ENTER_CGROUPS = join(repositoryRoot(import.meta.url), "dist/libexec/tskata-enter-cgroups");
