import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TskataError } from "../../../common/error.js";
import { stringifyJson } from "../../../oci/stringify-json.js";
import { locateInstallation } from "../../runtime/installation.js";
import { type PodSandboxConfig, PodSandboxConfigCodec } from "../api/gen/cri/pod-sandbox_pb.js";
import type { CreateSandboxRequest, CreateSandboxResponse } from "../api/gen/sandbox/sandbox_pb.js";
import { CreateTaskRequestCodec } from "../api/gen/task-v2/task_pb.js";
import { createTask } from "../operations/create-task.js";
import { unpack } from "../packed.js";
import { unmountRootfs } from "../rootfs/unmount-rootfs.js";
import type { Shim } from "../shim.js";
import { withPodFiles } from "./pod.js";
import { makePodFiles, podFiles, type PodFiles } from "./pod-files.js";
import { PAUSE, sandboxSpec } from "./sandbox-spec.js";

/** In the bundle, whose own `rootfs` containerd wants empty at the end. */
const POD_FOLDER = "pod";
const ROOT_FOLDER = "root";

/**
 * Makes a pod's VM, and in it the container that holds what the pod's others share. On failure nothing of it is left.
 *
 * @param signal fires when nobody waits for it any more
 * @throws TskataError `invalid-argument` where it is given a root filesystem, or nothing of the pod, `already-exists`
 *   where the shim has a sandbox or makes one; as `createTask`
 */
export async function createSandbox(
  shim: Shim,
  request: CreateSandboxRequest,
  signal: AbortSignal,
): Promise<CreateSandboxResponse> {
  const { sandboxId: id, bundlePath: bundle } = request;
  const config = podConfig(request);
  if (shim.pod !== undefined || shim.creating.size > 0) {
    throw new TskataError("already-exists", `create sandbox ${id}: the shim has a sandbox already, or makes one`);
  }
  const prepared = shim.creation(id);
  const { files, specJson } = await prepareBundle(shim, request, config).catch((error: unknown) => {
    prepared();
    throw error;
  });
  // It is noted anew at once.
  prepared();
  try {
    await createTask(shim, { ...CreateTaskRequestCodec.decode(new Uint8Array()), id, bundle }, signal);
  } catch (error) {
    await unmountRootfs(files.memory);
    throw error;
  }
  shim.pod = { id, created: new Date(), specJson, adapt: (spec) => withPodFiles(spec, files) };
  return {};
}

/** A sandbox's bundle that has all that a container is made of. */
interface PreparedBundle {
  readonly files: PodFiles;
  /** The sandbox's config.json. */
  readonly specJson: string;
}

async function prepareBundle(
  shim: Shim,
  request: CreateSandboxRequest,
  config: PodSandboxConfig,
): Promise<PreparedBundle> {
  const { bundlePath: bundle } = request;
  // What `start` was given holds for the pod's containers too.
  await shim.context();
  const directory = join(bundle, POD_FOLDER);
  await mkdir(join(directory, ROOT_FOLDER), { recursive: true });
  await copyFile(locateInstallation().pause, join(directory, ROOT_FOLDER, PAUSE));
  const root = join(POD_FOLDER, ROOT_FOLDER);
  const files = podFiles(directory);
  const specJson = stringifyJson(sandboxSpec(request, config, { root, files }));
  await writeFile(join(bundle, "config.json"), specJson);
  await makePodFiles(files, config);
  return { files, specJson };
}

function podConfig({ sandboxId: id, rootfs, options }: CreateSandboxRequest): PodSandboxConfig {
  if (rootfs.length > 0) {
    throw new TskataError(
      "invalid-argument",
      `create sandbox ${id}: it has a root filesystem of its own; give it none`,
    );
  }
  const config = unpack(PodSandboxConfigCodec, options);
  if (config !== undefined) return config;
  const found = options === undefined ? "nothing" : options.typeUrl;
  throw new TskataError(
    "invalid-argument",
    `create sandbox ${id}: its options are to be a PodSandboxConfig, not ${found}`,
  );
}
