import { TskataError } from "../common/error.js";
import { describeValue } from "./validation/describe-value.js";

/** Signals by number on Linux on x86-64 (and all but a few architectures); signal(7). */
const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGIOT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPOLL: 29,
  SIGPWR: 30,
  SIGSYS: 31,
};

/** As the C library sees them: the kernel's 32 and 33 are its own. */
const RTMIN = 34;
const RTMAX = 64;

/**
 * The number of a signal that is given as `kill` of runc takes it: a number,
 * or a name in any case, with or without `SIG`; `RTMIN+3` and `RTMAX-3` too.
 *
 * @throws TskataError `invalid-argument` for anything else, and for numbers that are no signal of Linux (0 to 64)
 */
export function parseSignal(text: string): number {
  const number = /^[0-9]{1,3}$/.test(text) ? Number(text) : numberOfName(text.toUpperCase());
  if (number === undefined || number > RTMAX) {
    throw new TskataError("invalid-argument", `unknown signal ${describeValue(text)}`);
  }
  return number;
}

/** The name of a signal with its `SIG`, such as `SIGTERM` or `SIGRTMIN+1`; undefined where there is none. */
export function signalName(number: number): string | undefined {
  if (number >= RTMIN && number <= RTMAX) return number === RTMIN ? "SIGRTMIN" : `SIGRTMIN+${number - RTMIN}`;
  return Object.keys(SIGNALS).find((name) => SIGNALS[name] === number);
}

function numberOfName(upper: string): number | undefined {
  const name = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  const realTime = /^SIGRT(MIN|MAX)(?:([+-])([0-9]{1,2}))?$/.exec(name);
  if (realTime !== null) {
    const [, base, sign = "+", offset = "0"] = realTime;
    const number = (base === "MIN" ? RTMIN : RTMAX) + Number(`${sign}${offset}`);
    return number >= RTMIN && number <= RTMAX ? number : undefined;
  }
  return Object.hasOwn(SIGNALS, name) ? SIGNALS[name] : undefined;
}
