const ERRNO_TEXTS: Readonly<Record<string, string>> = {
  E2BIG: "argument list too long",
  EACCES: "permission denied",
  EAGAIN: "resource temporarily unavailable",
  EBUSY: "device or resource busy",
  ECHILD: "no child processes",
  EEXIST: "file exists",
  EINVAL: "invalid argument",
  EISDIR: "is a directory",
  ELOOP: "too many levels of symbolic links",
  EMFILE: "too many open files",
  ENAMETOOLONG: "file name too long",
  ENODEV: "no such device",
  ENOENT: "no such file or directory",
  ENOEXEC: "exec format error",
  ENOMEM: "cannot allocate memory",
  ENOSPC: "no space left on device",
  ENOSYS: "function not implemented",
  ENOTDIR: "not a directory",
  ENOTSUP: "operation not supported",
  EOPNOTSUPP: "operation not supported",
  EPERM: "operation not permitted",
  EROFS: "read-only file system",
  ESRCH: "no such process",
  ETIMEDOUT: "connection timed out",
  ETXTBSY: "text file busy",
  EXDEV: "invalid cross-device link",
};

/**
 * What strerror(3) says of an errno name, in the lower case of Go's messages:
 * engines look for these words. The name itself where it is a rare one.
 */
export function errnoText(name: string): string {
  return ERRNO_TEXTS[name] ?? name;
}
