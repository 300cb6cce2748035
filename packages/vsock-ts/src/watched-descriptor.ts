import { nativePart, type NativeWatcher } from "./native.js";
import { checked } from "./system-error.js";

const READABLE = 1;
const WRITABLE = 2;

/** Who is told what a descriptor is ready for; an error makes it ready for whatever is waited for. */
export interface ReadinessListener {
  onReadable(): void;
  onWritable(): void;
}

/** A descriptor that is closed with this object, and watched by the event loop: no thread waits for it. */
export class WatchedDescriptor {
  readonly fd: number;
  readonly #watcher: NativeWatcher;
  #wanted = 0;
  #referred = true;
  #closed = false;

  /**
   * @param fd closed where this fails
   * @throws VsockSystemError where it can't be watched
   */
  constructor(fd: number, listener: ReadinessListener) {
    this.fd = fd;
    const watcher = nativePart().createWatcher(fd, (status, events) => {
      const ready = status < 0 ? this.#wanted : events;
      if ((ready & READABLE) !== 0) listener.onReadable();
      if ((ready & WRITABLE) !== 0 && !this.#closed) listener.onWritable();
    });
    if (typeof watcher === "number") nativePart().close(fd);
    this.#watcher = typeof watcher === "number" ? (checked(watcher, "epoll_ctl") as never) : watcher;
  }

  /** Asks to be told when it can be read. */
  awaitReadable(wanted: boolean): void {
    this.#want(READABLE, wanted);
  }

  /** Asks to be told when it can be written to. */
  awaitWritable(wanted: boolean): void {
    this.#want(WRITABLE, wanted);
  }

  /** Whether it keeps the event loop alive, as it does at first. */
  refer(referred: boolean): void {
    if (this.#closed || this.#referred === referred) return;
    this.#referred = referred;
    nativePart().refer(this.#watcher, referred ? 1 : 0);
  }

  /** Closes it; safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    nativePart().closeWatcher(this.#watcher);
    nativePart().close(this.fd);
  }

  #want(event: number, wanted: boolean): void {
    const all = wanted ? this.#wanted | event : this.#wanted & ~event;
    if (this.#closed || all === this.#wanted) return;
    this.#wanted = all;
    checked(nativePart().watch(this.#watcher, all), "epoll_ctl");
  }
}
