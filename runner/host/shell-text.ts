/** A word that a shell reads back exactly as it is: nothing in single quotes is expanded. */
export function shellWord(text: string): string {
  if (text.includes("\0")) {
    throw new Error("a NUL character cannot be part of a shell word");
  }
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Lines `NAME='value'` that a shell can source. The names are constants of ours. */
export function shellAssignments(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${shellWord(value)}\n`)
    .join("");
}
