import { X32_SYSCALLS, X86_64_SYSCALLS, X86_SYSCALLS } from "./syscall-numbers.js";

/** The architectures that an x86-64 kernel runs, by their names in config.json. */
export type GuestArchitecture = "SCMP_ARCH_X86_64" | "SCMP_ARCH_X86" | "SCMP_ARCH_X32";

/** x32 calls have this bit set in their number, and x86-64's AUDIT_ARCH value. */
export const X32_SYSCALL_BIT = 0x40000000;

const SOURCES: Record<GuestArchitecture, { readonly text: string; readonly offset: number }> = {
  SCMP_ARCH_X86_64: { text: X86_64_SYSCALLS, offset: 0 },
  SCMP_ARCH_X86: { text: X86_SYSCALLS, offset: 0 },
  SCMP_ARCH_X32: { text: X32_SYSCALLS, offset: X32_SYSCALL_BIT },
};

const tables = new Map<GuestArchitecture, ReadonlyMap<string, number>>();

/** Numbers of an architecture's system calls by their names; read from the generated text on first use. */
export function syscallNumbers(architecture: GuestArchitecture): ReadonlyMap<string, number> {
  const known = tables.get(architecture);
  if (known !== undefined) return known;
  const { text, offset } = SOURCES[architecture];
  const numbers = new Map<string, number>();
  let next = offset;
  for (const word of text.trim().split(/\s+/)) {
    const equals = word.indexOf("=");
    if (equals > 0) next = offset + Number(word.slice(0, equals));
    numbers.set(word.slice(equals + 1), next);
    next += 1;
  }
  tables.set(architecture, numbers);
  return numbers;
}

/** A call that i386 programs may also make through a multiplexer, as its first argument. */
export interface MultiplexedCall {
  readonly multiplexer: "socketcall" | "ipc";
  readonly value: number;
}

const SOCKETCALLS =
  "socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown setsockopt " +
  "getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg";
const IPC_CALLS: Readonly<Record<string, number>> = {
  semop: 1,
  semget: 2,
  semctl: 3,
  semtimedop: 4,
  msgsnd: 11,
  msgrcv: 12,
  msgget: 13,
  msgctl: 14,
  shmat: 21,
  shmdt: 22,
  shmget: 23,
  shmctl: 24,
};

/** How i386 reaches a call through socketcall(2) or ipc(2); undefined for other calls. */
export function multiplexedCall(name: string): MultiplexedCall | undefined {
  const socketcall = SOCKETCALLS.split(" ").indexOf(name);
  if (socketcall >= 0) return { multiplexer: "socketcall", value: socketcall + 1 };
  const ipc = IPC_CALLS[name];
  return ipc === undefined ? undefined : { multiplexer: "ipc", value: ipc };
}
