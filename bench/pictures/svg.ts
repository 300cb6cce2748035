/** The beginning of a picture on white, with its title. */
export function svgHead(width: number, height: number, title: string): string[] {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="12" y="20" font-size="14">${escapeXml(title)}</text>`,
  ];
}

/** Its end. */
export const SVG_TAIL = "</svg>\n";

/** Round numbers (1, 2 or 5 by a power of ten) from 0 to the total, at most about ten. */
export function ticksUpTo(total: number): number[] {
  if (!(total > 0)) return [0];
  const power = 10 ** Math.floor(Math.log10(total / 10));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => total / candidate <= 10) ?? total;
  return Array.from({ length: Math.floor(total / step) + 1 }, (_, index) => rounded(index * step, 6));
}

/** Text as XML has it. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** With so many digits behind the point. */
export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
