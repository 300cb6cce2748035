import { escapeXml } from "../../../common/report/escape-xml.js";
import { plainLine, plainText } from "../plain-text.js";

/** A text of a host or a test, in one line, between tags or in a quoted attribute of HTML. */
export function htmlLine(text: string): string {
  return escapeXml(plainLine(text));
}

/** The same with its lines. */
export function htmlText(text: string): string {
  return escapeXml(plainText(text));
}
