/**
 * How many descriptors a service manager passed to this very command
 * (sd_listen_fds(3)); 0 where the environment speaks of another process.
 */
export function listenFds(
  env: Readonly<Record<string, string | undefined>> = process.env,
  pid: number = process.pid,
): number {
  const { LISTEN_PID = "", LISTEN_FDS = "" } = env;
  return LISTEN_PID === String(pid) && /^\d{1,6}$/.test(LISTEN_FDS) ? Number(LISTEN_FDS) : 0;
}
