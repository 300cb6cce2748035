import { Duplex } from "node:stream";

/** Nothing to read, and to write to no purpose. */
export function nowhere(): Duplex {
  return new Duplex({
    read() {
      this.push(null);
    },
    write: (_chunk, _encoding, done) => done(),
  });
}
