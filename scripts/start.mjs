// npm start: sets the machine and the checkout up, then runs a container in a
// VM of its own. Everything is cached, so a second run is there in seconds.
//
// Plain JavaScript without dependencies: on a fresh clone there is no
// node_modules yet.
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const MIN_NODE = [20, 12];
/** Durations of the stages so far. */
const stages = [];
/** The child that runs now, and the signal that has asked us to stop. */
let child;
let stoppedBy;

async function main() {
  checkNode();
  await stage("Debian packages", installSystemPackages);
  await stage("npm packages", installNpmPackages);
  await stage("build", () => run(process.execPath, ["scripts/build.mjs"]));
  await stage("guest kernel and image", () => run(process.execPath, ["build/scripts/build-guest.mjs"]));
  await stage("container in a VM", () => run(process.execPath, ["build/scripts/demo.mjs"]));
  printTable();
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return;
  throw new Error(`Node ${MIN_NODE.join(".")} or newer is needed, but this is ${process.versions.node}`);
}

async function installSystemPackages() {
  const { systemPackages, missingPackages, installPackages } = await import("./system-packages.mjs");
  const missing = missingPackages(systemPackages());
  if (missing.length === 0) return "all there";
  console.log(`These Debian packages will be installed: ${missing.join(" ")}`);
  installPackages(missing);
  return `${missing.length} installed`;
}

/** npm ci, unless node_modules is what the lock file asks for already. */
async function installNpmPackages() {
  const mark = join(root, "node_modules/.package-lock.json");
  const lock = join(root, "package-lock.json");
  if (existsSync(mark) && statSync(mark).mtimeMs >= statSync(lock).mtimeMs) return "all there";
  await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  return "installed";
}

async function stage(name, work) {
  console.log(`\n== ${name}`);
  const startMs = performance.now();
  let detail;
  try {
    detail = await work();
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  stages.push({ name, detail, seconds: (performance.now() - startMs) / 1000 });
  if (detail !== undefined) console.log(detail);
}

/** Runs a program with our own standard streams and settles when it has ended well. */
function run(command, args) {
  return new Promise((settle, reject) => {
    child = spawn(command, args, { cwd: root, stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (status, signal) => {
      if (status === 0) settle(undefined);
      else reject(new Error(`${[command, ...args].join(" ")} ended with ${signal ?? `status ${status}`}`));
    });
  });
}

function printTable() {
  const width = Math.max(...stages.map(({ name }) => name.length));
  const line = (name, seconds) => `${name.padEnd(width)}  ${seconds.toFixed(1).padStart(7)} s`;
  console.log(`\n${stages.map(({ name, seconds }) => line(name, seconds)).join("\n")}`);
  console.log(
    line(
      "total",
      stages.reduce((sum, { seconds }) => sum + seconds, 0),
    ),
  );
}

// Ctrl-C reaches the whole group, and each program tidies up; other signals
// come to us alone and are passed on.
process.on("SIGINT", () => (stoppedBy = "SIGINT"));
for (const signal of ["SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    stoppedBy = signal;
    child?.kill(signal);
  });
}

try {
  await main();
} catch (error) {
  console.error(stoppedBy === undefined ? `\nnpm start: ${error.message}` : "\nstopped");
  process.exitCode = stoppedBy === undefined ? 1 : 128 + constants.signals[stoppedBy];
}
