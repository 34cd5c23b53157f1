/** The part of a shell script in which `$` means a variable. */

/** The end of a document that nothing is expanded in, `<<'EOF'`, or -1. */
function documentEnd(text: string, start: number): number {
  const [, delimiter] = /^<<-?\s*'([^'\n]+)'/.exec(text.slice(start, start + 200)) ?? [];
  if (delimiter === undefined) return -1;
  const end = text.indexOf(`\n${delimiter}\n`, start);
  return end < 0 ? text.length : end + delimiter.length + 1;
}

/**
 * A script without what the shell takes as it is: text in single quotes, documents with a quoted delimiter, comments,
 * and characters behind a backslash.
 *
 * @example
 * withoutQuotations(`echo "$A" '$B' # $C`); // `echo $A  `
 */
export function withoutQuotations(text: string): string {
  let kept = "";
  let double = false;
  // A command in a string, "$(…)", has quotes of its own.
  const outer: boolean[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    const document = double || character !== "<" ? -1 : documentEnd(text, at);
    if (character === "\\") at++;
    else if (character === '"') double = !double;
    else if (text.startsWith("$(", at)) {
      outer.push(double);
      double = false;
    } else if (!double && character === ")" && outer.length > 0) double = outer.pop() ?? false;
    else if (double) kept += character;
    else if (character === "'") at = endOf(text, "'", at + 1);
    else if (character === "#" && /^$|\s$/.test(kept)) at = endOf(text, "\n", at) - 1;
    else if (document >= 0) at = document;
    else kept += character;
  }
  return kept;
}

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  return end < 0 ? text.length : end;
}
