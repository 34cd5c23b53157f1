/**
 * Computes once for each text. Projects of one stack have most of their scripts, and many whole jobs, in common.
 *
 * @param compute depends on the text alone.
 */
export function once<Result>(compute: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, { readonly result: Result }>();
  return (text) => {
    let entry = known.get(text);
    if (entry === undefined) {
      entry = { result: compute(text) };
      known.set(text, entry);
    }
    return entry.result;
  };
}
