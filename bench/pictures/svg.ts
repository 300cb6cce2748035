import { escapeXml } from "../../src/common/report/escape-xml.js";

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
