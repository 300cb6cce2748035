/** The supervisor of a container that is being created: one that starts for it, or that of the VM that it joins. */
export interface CreatingSupervisor {
  readonly pid: number;
  /**
   * Tells it the monitor and waits for the container.
   *
   * @throws the supervisor's own error
   */
  finish(monitorPid: number): Promise<void>;
  /** Has it undo what it did, and waits until it has; may be called more than once. */
  abandon(): Promise<void>;
}
