/** A text of at most so many characters; what is cut off leaves an ellipsis. */
export function fitted(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

/** As many spaces before it as make it so wide. */
export function padLeft(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - [...text].length)) + text;
}

/** As many spaces behind it as make it so wide. */
export function padRight(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - [...text].length));
}

/**
 * Lines of at most so many characters, broken at spaces where that doesn't
 * leave more than half of a line empty. Lines that come of one keep its
 * indentation, of half a line at most.
 */
export function wrapped(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => wrappedLine(line.trimEnd(), width));
}

function wrappedLine(line: string, width: number): string[] {
  const indentation = /^ */.exec(line)?.[0].slice(0, Math.floor(width / 2)) ?? "";
  const lines: string[] = [];
  let rest = [...indentation, ...line.trimStart()];
  while (rest.length > width) {
    const space = rest.slice(0, width + 1).lastIndexOf(" ");
    const end = space > width / 2 ? space : width;
    lines.push(rest.slice(0, end).join("").trimEnd());
    rest = [...indentation, ...rest.slice(end).join("").trimStart()];
  }
  return [...lines, rest.join("")];
}
