/** What GitLab does when a text says so on a line of its own: `/close`. */

export interface QuickActions {
  /** The text without them. */
  readonly text: string;
  /** In their order: `close`, `reopen`. */
  readonly actions: readonly ("close" | "reopen")[];
}

/** Code, quotes and HTML blocks, in which no line is an action. */
const untouched = [
  /^(?<fence>`{3,}|~{3,})[^\n]*\n[\s\S]*?^\k<fence>[`~]*\s*$/,
  /^>>>\n[\s\S]*?^>>>\s*$/,
  /^<[^>\n]+>\n[\s\S]*?\n<\/[^>\n]+>$/,
];
const action = /^\/(?<name>close|reopen)(?:[^\S\n][^\n]*)?$\n?/;
const pattern = new RegExp([...untouched.map(({ source }) => source), action.source].join("|"), "gim");

/**
 * Takes the quick actions out of a text.
 *
 * @see https://docs.gitlab.com/user/project/quick_actions/
 */
export function extractQuickActions(body: string): QuickActions {
  const actions: ("close" | "reopen")[] = [];
  const text = body.replace(pattern, (matched: string, ...rest: unknown[]) => {
    const { name } = rest.at(-1) as { readonly name: string | undefined };
    if (name === undefined) return matched;
    actions.push(name.toLowerCase() === "close" ? "close" : "reopen");
    return "";
  });
  return { text: actions.length === 0 ? body : text.trim(), actions };
}
