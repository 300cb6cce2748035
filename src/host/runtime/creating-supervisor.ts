/** The supervisor of a container that is being created: one that starts for it, or that of the VM that it joins. */
export interface CreatingSupervisor {
  readonly pid: number;
  /** It was started by somebody else: what is shared is what the monitor sees. */
  readonly seesOtherMounts: boolean;
  /** Tells it the monitor; settles when the hooks that come before the container may run. */
  adopt(monitorPid: number): Promise<void>;
  /**
   * Tells it that they have run, and waits for the container.
   *
   * @throws the supervisor's own error
   */
  finish(): Promise<void>;
  /** Has it undo what it did, and waits until it has; may be called more than once. */
  abandon(): Promise<void>;
}
