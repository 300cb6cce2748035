import { boot } from "./boot.js";
import { containerd } from "./containerd.js";
import { docker } from "./docker.js";
import { growth } from "./growth.js";
import { hundred } from "./hundred.js";
import type { Measurement } from "./measurement.js";
import { memory } from "./memory.js";
import { run } from "./run.js";
import { exec, stdio } from "./running-container.js";
import { scale } from "./scale.js";
import { split } from "./split.js";
import { twentyAtOnce } from "./twenty-at-once.js";

/** All measurements, in the order of the table. */
export const MEASUREMENTS: readonly Measurement[] = [
  run,
  hundred,
  twentyAtOnce,
  exec,
  stdio,
  memory,
  boot,
  growth,
  docker,
  containerd,
  split,
  scale,
];
