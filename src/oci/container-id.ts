import { TskataError } from "../common/error.js";
import { describeValue } from "./validation/describe-value.js";

/** An id names a directory, so it is bounded as file names are (NAME_MAX). */
const MAX_LENGTH = 255;

/**
 * Insists on an id that can name a container: letters, digits, `_`, `+`, `-`
 * and `.`, other than `.` and `..`, as runc has it, and at most 255
 * characters.
 *
 * @throws TskataError `invalid-argument`; the text shows no more than the id's beginning
 */
export function assertContainerId(id: string): void {
  const refuse = (why: string): never => {
    throw new TskataError("invalid-argument", `container id ${describeValue(id)}: ${why}`);
  };
  if (id === "") refuse("it is empty");
  if (id.length > MAX_LENGTH) refuse(`it is too long, at most ${MAX_LENGTH} characters are taken`);
  if (!/^[A-Za-z0-9_+.-]+$/.test(id)) refuse('only letters, digits, "_", "+", "-" and "." are taken');
  if (id === "." || id === "..") refuse("it names a directory");
}
