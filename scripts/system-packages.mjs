// The Debian packages that building and running tskata takes: the one list,
// for npm start, for .ci/run and for people.
//
//   node scripts/system-packages.mjs list       all of them for this release
//   node scripts/system-packages.mjs missing    those that are not installed
//   node scripts/system-packages.mjs install    installs the missing ones (as root)
//
// `--engines` before the command adds what the tests with real engines take,
// `--runtime` leaves out what isn't needed once all is built, and `--release 13` asks for another Debian than this one.
//
// Plain JavaScript without dependencies: it runs before npm ci.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

/** The VMs, and what they share with the host: all that an installation needs. */
const RUNTIME = ["qemu-system-x86", "qemu-system-common", "iproute2", "util-linux", "mount", "e2fsprogs"];

const RUNTIME_BY_RELEASE = {
  // virtiofsd is part of qemu-system-common here
  12: [],
  13: ["virtiofsd"],
};

const BUILD = [
  // the C programs and the guest's kernel
  ...["gcc", "libc6-dev", "make", "flex", "bison", "bc", "libelf-dev", "libssl-dev", "lz4", "xz-utils", "cpio"],
  // what the guest makes checkpoints with
  ...["criu", "tar", "gzip", "dash"],
  // the guest's image, the example container and the tests
  ...["erofs-utils", "busybox-static", "python3"],
];

const BUILD_BY_RELEASE = {
  12: ["linux-source-6.1"],
  13: ["linux-source-6.12"],
};

/** Engines, and what the tests run in their containers. */
const ENGINES = [
  ...["docker.io", "containerd", "runc", "podman", "buildah", "conmon", "catatonit", "crun"],
  ...["netavark", "aardvark-dns", "containernetworking-plugins", "iptables"],
  // Podman of an ordinary user
  ...["uidmap", "slirp4netns"],
  // what the lab logs in to
  "openssh-server",
  // ps for docker top, and what runs in containers
  ...["procps", "redis-server", "postgresql"],
];

const ENGINES_BY_RELEASE = {
  12: [],
  // the command docker is a package of its own here, netavark writes rules of nftables, and an ordinary user's Podman
  // has its network of pasta
  13: ["docker-cli", "nftables", "passt"],
};

/** The packages for a Debian release, that of this machine by default. */
export function systemPackages({ release = releaseOf("/etc/os-release"), engines = false, runtime = false } = {}) {
  if (!Object.hasOwn(BUILD_BY_RELEASE, release)) throw new Error(`made for Debian 12 and 13, but not for ${release}`);
  const ofRuntime = [...RUNTIME, ...RUNTIME_BY_RELEASE[release]];
  if (runtime) return ofRuntime;
  const ofEngines = engines ? [...ENGINES, ...ENGINES_BY_RELEASE[release]] : [];
  return [...ofRuntime, ...BUILD, ...BUILD_BY_RELEASE[release], ...ofEngines];
}

/** The number of a Debian by its os-release(5) file, or the name of what isn't one. */
function releaseOf(path) {
  const text = readFileSync(path, "utf8");
  const field = (name) => new RegExp(`^${name}="?([^"\n]*)"?$`, "m").exec(text)?.[1] ?? "";
  return field("ID") === "debian" ? field("VERSION_ID") : field("PRETTY_NAME") || "something else";
}

/** Those of some packages that dpkg doesn't have installed. */
export function missingPackages(packages) {
  const query = spawnSync("dpkg-query", ["-W", "-f", "${Package} ${db:Status-Status}\n", ...packages], {
    encoding: "utf8",
  });
  if (query.error !== undefined) throw new Error(`dpkg-query can't be run: ${query.error.message}`);
  const installed = new Set(query.stdout.split("\n").filter((line) => line.endsWith(" installed")));
  return packages.filter((name) => !installed.has(`${name} installed`));
}

/**
 * Installs packages, with apt-get's own output on standard output. apt's lists
 * are brought up to date first, where they are missing or the packages can't
 * be had with them.
 */
export function installPackages(packages) {
  if (process.getuid() !== 0) throw new Error(`only root can install them: apt-get install ${packages.join(" ")}`);
  const install = ["install", "--yes", "--no-install-recommends", "-q", ...packages];
  if (aptGet(["--simulate", ...install], "ignore") !== 0 && aptGet(["update", "-q"], "inherit") !== 0) {
    throw new Error("apt-get update failed, see above");
  }
  // the lists may be older than what the archive still has
  if (aptGet(install, "inherit") === 0) return;
  aptGet(["update", "-q"], "inherit");
  if (aptGet(install, "inherit") !== 0) throw new Error("apt-get install failed, see above");
}

function aptGet(args, output) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status, error } = spawnSync("apt-get", args, { env, stdio: ["ignore", output, output] });
  if (error !== undefined) throw new Error(`apt-get can't be run: ${error.message}`);
  return status;
}

function main(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { engines: { type: "boolean" }, runtime: { type: "boolean" }, release: { type: "string" } },
  });
  const [command] = positionals;
  const packages = systemPackages(values);
  if (command === "list") console.log(packages.join("\n"));
  else if (command === "missing") console.log(missingPackages(packages).join("\n"));
  else if (command === "install") {
    const missing = missingPackages(packages);
    if (missing.length === 0) return;
    console.log(`installing Debian packages: ${missing.join(" ")}`);
    installPackages(missing);
  } else throw new Error("usage: system-packages.mjs [--engines | --runtime] [--release 12|13] list|missing|install");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(`system packages: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
