/** The colours of a report in a terminal. */
export type Colour = "red" | "green" | "yellow" | "bold";

/** Colours a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

/** Select Graphic Rendition: what sets a colour and what takes it back, see console_codes(4). */
const CODES: Readonly<Record<Colour, readonly [number, number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  bold: [1, 22],
};

/** Paints for a terminal that has colours, and otherwise doesn't. */
export function painter(hasColours: boolean): Paint {
  if (!hasColours) return (_colour, text) => text;
  return (colour, text) => {
    const [set, unset] = CODES[colour];
    return `\u001b[${set}m${text}\u001b[${unset}m`;
  };
}
