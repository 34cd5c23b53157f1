/** HTML from templates, in which every value is escaped unless it is HTML itself. */

export class Html {
  readonly text: string;

  /** @param text is HTML as it is. */
  constructor(text: string) {
    this.text = text;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** No control characters but the two of a text's lines: HTML has no way to say them. */
export const escaped = (text: string): string =>
  text
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
    .replaceAll(/[^\P{Cc}\n\t]/gu, "\ufffd");

export type Content = Html | string | number | false | undefined | readonly Content[];

function textOf(content: Content): string {
  if (content instanceof Html) return content.text;
  if (content === false || content === undefined) return "";
  if (typeof content === "object") return content.map(textOf).join("");
  return escaped(String(content));
}

/**
 * @example
 * html`<a href="${address}">${name}</a>`;
 */
export const html = (parts: TemplateStringsArray, ...contents: readonly Content[]): Html =>
  new Html(parts.map((part, index) => `${part}${textOf(contents[index])}`).join(""));
