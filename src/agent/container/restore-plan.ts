import { deviceProgram } from "../cgroup/device-program.js";
import { DEFAULT_DEVICE_RULES } from "../cgroup/device-rules.js";
import { CLONE_NEW } from "../kernel/constants.js";
import type { Operation } from "../kernel/operation.js";
import type { Plan } from "../kernel/plan.js";
import { kernelParameterOperations } from "./kernel-parameters.js";
import { mountPointOperations } from "./mount-points.js";
import type { InitPlanInput, RestoreInput } from "./plan-input.js";

/**
 * The plan of a container that CRIU restores: it makes namespaces, mounts and
 * processes as they were, inside the cgroup that is the container's here.
 *
 * @throws TskataError as `initPlan`
 */
export function restorePlan(
  input: Pick<InitPlanInput, "spec" | "cgroup" | "rootfsPath" | "bindSources">,
  { imagesPath, workPath, request }: RestoreInput,
): Plan {
  const { spec, cgroup } = input;
  const { namespaces = [], resources } = spec.linux ?? {};
  const parameters = kernelParameterOperations(spec, new Set(namespaces.map(({ type }) => type)));
  const ownCgroups: Operation[] = namespaces.some(({ type }) => type === "cgroup")
    ? [{ op: "unshare", flags: CLONE_NEW.cgroup }]
    : [];
  return {
    terminal: spec.process?.terminal === true,
    cloneFlags: 0,
    cgroup,
    before: [
      { op: "look-up", path: input.rootfsPath },
      ...[...input.bindSources.values()].map(({ path }): Operation => ({ op: "look-up", path })),
      ...mountPointOperations(spec.mounts ?? [], input.rootfsPath, input.bindSources),
      ...parameters.before,
      {
        op: "set-device-filter",
        path: cgroup,
        program: deviceProgram([...(resources?.devices ?? []), ...DEFAULT_DEVICE_RULES]),
      },
    ],
    between: [...ownCgroups, { op: "criu", images: imagesPath, work: workPath, request, restores: true }],
    parent: [],
    child: [],
  };
}
