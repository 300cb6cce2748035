import { createHash } from "node:crypto";
import { readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type Hypervisor, LIVE_INPUT, type VmSize } from "../../../hypervisors/hypervisor.js";
import { fileIdentity, identifiedPath } from "../../common/file-identity.js";
import { PROTOCOL_VERSION } from "../../protocol/protocol-version.js";

/** Of the recorded form and of the way in which templates are made. */
const FORMAT = 1;
const KEY_DIGITS = 16;

/** What the names of inputs that are files' identities begin with. */
const FILE_INPUT = "file:";

/** The name of the input that says where a template that is a process can be used. */
const PLACE_INPUT = "place";

/** The VM that a template is of. */
export interface TemplateVm {
  readonly kernelPath: string;
  readonly imagePath: string;
  readonly initrdPath?: string;
  readonly kernelParameters: readonly string[];
  readonly size: VmSize;
  /** How far clones may grow. */
  readonly largest: VmSize;
  /** How clones get their files. */
  readonly share: "virtiofs" | "nine-p";
}

/** What a template depends on, and the hash of that. */
export interface TemplateIdentity {
  /** 16 hex digits. */
  readonly key: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * What a template of this VM would be made from, as it is now. Files count by
 * their identity, so that nothing is read.
 *
 * @param place of whoever is to clone it: `clonePlace`
 * @throws TskataError as the driver's `templateInputs`, and the system's error for a file that is missing
 */
export async function templateIdentity(
  vm: TemplateVm,
  driver: Pick<Hypervisor, "name" | "templateInputs">,
  place: string,
  signal?: AbortSignal,
): Promise<TemplateIdentity> {
  const [kernel, image, initrd, hostBoot, driverInputs] = await Promise.all([
    fileIdentity(vm.kernelPath),
    fileIdentity(vm.imagePath),
    vm.initrdPath === undefined ? undefined : fileIdentity(vm.initrdPath),
    hostBootId(),
    driver.templateInputs(signal),
  ]);
  const inputs = {
    format: `${FORMAT}.${PROTOCOL_VERSION}`,
    // The clock's pace was measured, and memory laid out, in this life of the host.
    hostBoot,
    [`${FILE_INPUT}kernel`]: kernel,
    [`${FILE_INPUT}image`]: image,
    ...(initrd === undefined ? {} : { [`${FILE_INPUT}initrd`]: initrd }),
    kernelParameters: JSON.stringify(vm.kernelParameters),
    size: sizeText(vm.size),
    largest: sizeText(vm.largest),
    share: vm.share,
    driver: driver.name,
    ...driverInputs,
    // Processes are found, and sockets have their paths, there alone.
    ...(driverInputs[LIVE_INPUT] === "true" ? { [PLACE_INPUT]: place } : {}),
  };
  const key = createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, KEY_DIGITS);
  return { key, inputs };
}

/**
 * Where a clone's maker is: its pid namespace (namespaces(7)), and what it sees
 * at the path of its VM's files. Mount namespaces in which the same filesystem
 * is mounted there are one place: engines have new ones for a single container.
 *
 * @param mount that the VM's files are on, as `describeMount` has it
 */
export function clonePlace(mount: string): string {
  return `${readlinkSync("/proc/self/ns/pid")} ${mount}`;
}

/** Whether a template of these inputs is a process of this one's pid namespace, or none at all. */
export function isOfThisPidNamespace(inputs: Readonly<Record<string, string>>): boolean {
  const place = inputs[PLACE_INPUT];
  return place === undefined || place.startsWith(`${readlinkSync("/proc/self/ns/pid")} `);
}

/** Why no VM will be cloned from a template of these inputs any more, for people; undefined where one may. */
export async function whyStale(inputs: Readonly<Record<string, string>>): Promise<string | undefined> {
  if (inputs["hostBoot"] !== (await hostBootId())) return "the host was booted since";
  for (const [name, identity] of Object.entries(inputs)) {
    if (!name.startsWith(FILE_INPUT)) continue;
    const path = identifiedPath(identity);
    const now = await fileIdentity(path).catch(() => undefined);
    if (now !== identity) return `${path} ${now === undefined ? "is gone" : "has changed"}`;
  }
  return undefined;
}

async function hostBootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
}

function sizeText({ vcpus, memoryBytes }: VmSize): string {
  return `${vcpus} ${memoryBytes}`;
}
