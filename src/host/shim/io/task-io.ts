/** Where a process' standard streams go: paths of named pipes, URIs (`file`, `binary`), or nowhere where empty. */
export interface TaskIo {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  /** One terminal in place of the three; its output goes to `stdout`. */
  readonly terminal: boolean;
}
