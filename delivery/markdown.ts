/** Markdown that stays what it is, whatever the texts in it hold: no mention, no quick action, no HTML of theirs. */

/** A longer run of backticks than any in the text, at least `least`. */
function fenceFor(text: string, least: number): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  return "`".repeat(Math.max(least, longest + 1));
}

/** Control characters, of which a line break ends a table's row and a paragraph. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");

/** GitLab reads no reference, mention or command inside of code. */
export function inlineCode(text: string): string {
  const line = oneLine(text).trim();
  if (line === "") return "";
  const fence = fenceFor(line, 1);
  const space = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${space}${line}${space}${fence}`;
}

/** {@link inlineCode} for a table, where a bar would start the next cell even inside of code. */
export const cell = (text: string): string => inlineCode(text).replaceAll("|", "\\|");

/** Text inside an HTML element; code, so that GitLab leaves names and references in it alone. */
export function htmlCode(text: string): string {
  const escaped = oneLine(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("`", "&#96;");
  return `<code>${escaped}</code>`;
}

/**
 * A block of code. Its lines must not start with a slash where GitLab could take them for a command: in a diff they
 * start with a sign, other texts are indented.
 */
export function block(text: string, language: "diff" | "text"): string {
  const fence = fenceFor(text, 3);
  const body = language === "diff" ? text : text.replace(/^/gm, "  ");
  return `${fence}${language}\n${body}\n${fence}`;
}
