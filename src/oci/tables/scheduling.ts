/** Scheduling policies and their numbers in sched_setattr(2) (config.md, "Linux Process"). */
export const SCHEDULER_POLICIES = {
  SCHED_OTHER: 0,
  SCHED_FIFO: 1,
  SCHED_RR: 2,
  SCHED_BATCH: 3,
  SCHED_ISO: 4,
  SCHED_IDLE: 5,
  SCHED_DEADLINE: 6,
} as const satisfies Record<string, number>;

/** `process.scheduler.policy`. */
export type SchedulerPolicy = keyof typeof SCHEDULER_POLICIES;

/** Flags of sched_setattr(2) and their bits. */
export const SCHEDULER_FLAGS = {
  SCHED_FLAG_RESET_ON_FORK: 0x01,
  SCHED_FLAG_RECLAIM: 0x02,
  SCHED_FLAG_DL_OVERRUN: 0x04,
  SCHED_FLAG_KEEP_POLICY: 0x08,
  SCHED_FLAG_KEEP_PARAMS: 0x10,
  SCHED_FLAG_UTIL_CLAMP_MIN: 0x20,
  SCHED_FLAG_UTIL_CLAMP_MAX: 0x40,
} as const satisfies Record<string, number>;

/** An entry of `process.scheduler.flags`. */
export type SchedulerFlag = keyof typeof SCHEDULER_FLAGS;

/** Classes of ioprio_set(2) and their numbers. */
export const IO_PRIORITY_CLASSES = {
  IOPRIO_CLASS_RT: 1,
  IOPRIO_CLASS_BE: 2,
  IOPRIO_CLASS_IDLE: 3,
} as const satisfies Record<string, number>;

/** `process.ioPriority.class`. */
export type IoPriorityClass = keyof typeof IO_PRIORITY_CLASSES;
