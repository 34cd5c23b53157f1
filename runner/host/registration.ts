/** A runner's name on its host, and the authentication token GitLab gave for it. */
export interface RunnerToken {
  readonly name: string;
  readonly token: string;
}

/**
 * Standard input of register.sh: a line for each runner, name and token apart by a tab. It holds secrets: hand it to
 * the command's standard input and to nothing else.
 *
 * @throws Error for a tab or line break in either; the message holds the name, never the token.
 */
export function registrationInput(entries: readonly RunnerToken[]): string {
  for (const { name, token } of entries) {
    if (/[\t\r\n\0]/.test(name) || name === "") {
      throw new Error(
        `a runner's name cannot be empty or hold a tab or a line break: ${JSON.stringify(name)}`,
      );
    }
    if (/[\t\r\n\0]/.test(token) || token === "") {
      throw new Error(`the token of runner ${JSON.stringify(name)} is empty or holds a tab or a line break`);
    }
  }
  return entries.map(({ name, token }) => `${name}\t${token}\n`).join("");
}
