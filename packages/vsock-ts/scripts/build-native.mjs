// Compiles the native part with gcc and the headers that came with Node:
//
//   node scripts/build-native.mjs               to build/vsock.node
//   node scripts/build-native.mjs --if-missing  only where the package brings none for this platform; a failure is only told
//   node scripts/build-native.mjs --prebuild    to prebuilds/PLATFORM-ARCH/vsock.node, for packing
//
// The result fits every Node with Node-API 8, whatever its version.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const prebuild = `prebuilds/${process.platform}-${process.arch}/vsock.node`;

function main() {
  const ifMissing = process.argv.includes("--if-missing");
  if (ifMissing && (existsSync(join(root, prebuild)) || existsSync(join(root, "build/vsock.node")))) return;
  try {
    compile(process.argv.includes("--prebuild") ? prebuild : "build/vsock.node");
  } catch (error) {
    console.error(`vsock-ts: the native part was not built: ${error.message}`);
    console.error("vsock-ts: hybrid vsock works without it; AF_VSOCK sockets don't");
    if (!ifMissing) process.exitCode = 1;
  }
}

function compile(output) {
  if (process.platform !== "linux") throw new Error(`AF_VSOCK is Linux's, this is ${process.platform}`);
  const sources = readdirSync(join(root, "native")).filter((name) => name.endsWith(".c"));
  const flags = ["-std=gnu11", "-O2", "-s", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden"];
  const definitions = ["-DNAPI_VERSION=8", "-DNODE_GYP_MODULE_NAME=vsock"];
  mkdirSync(join(root, dirname(output)), { recursive: true });
  const args = [
    ...flags,
    ...definitions,
    `-isystem${headers()}`,
    "-o",
    output,
    ...sources.map((name) => `native/${name}`),
  ];
  const { status, error } = spawnSync("gcc", args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`gcc ended with status ${status}`);
}

/** Beside the program, as in Node's own archives, or where Debian's libnode-dev has them. */
function headers() {
  const candidates = [join(dirname(process.execPath), "../include/node"), "/usr/include/node"];
  const found = candidates.find((folder) => existsSync(join(folder, "node_api.h")));
  if (found === undefined) throw new Error(`no node_api.h in ${candidates.join(" or ")}; install Node's headers`);
  return found;
}

main();
