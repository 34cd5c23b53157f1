/** Shell text for scripts: whatever a value holds, it arrives as one word and is never executed. */
import { readFileSync } from "node:fs";
import { shellWord } from "../runner/host/shell-text.ts";

/**
 * One word of a POSIX shell, bare where that is safe: people read these scripts.
 *
 * @example
 * quote("it's $HOME"); // 'it'\''s $HOME'
 */
export function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : shellWord(word);
}

/** `NAME=value` lines. */
export function assignments(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quote(value)}\n`)
    .join("");
}

/**
 * A file written by a script, its content untouched by the shell. Lines that would end the document early lengthen
 * its delimiter.
 */
export function writeFile(path: string, content: string): string {
  let delimiter = "EOF";
  while (content.split("\n").includes(delimiter)) delimiter += "_";
  return `cat > ${path} <<'${delimiter}'\n${content}${delimiter}\n`;
}

const scripts = new Map<string, string>();

/** A script's text as a job runs it: without the line that names the interpreter. */
export function scriptAt({ href }: URL): string {
  const known = scripts.get(href);
  if (known !== undefined) return known;
  const text = readFileSync(new URL(href), "utf8").replace(/^#![^\n]*\n/, "");
  scripts.set(href, text);
  return text;
}

/** A script beside this file, as {@link scriptAt} reads it. */
export const script = (name: string): string => scriptAt(new URL(`scripts/${name}.sh`, import.meta.url));
