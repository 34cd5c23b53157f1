/** The token that `pulumi up` works with. */
import { CannotCheck, type PlannedCheck, question, TOKEN_VALID } from "../check.ts";
import { GitlabRefusal } from "../gitlab-client.ts";
import type { GitlabFacts, TokenFacts, UserFacts } from "../gitlab-facts.ts";
import type { Stack } from "../stack.ts";
import { setSecret } from "./stack.ts";

const SUBJECT = "GitLab token";
const DAY = 24 * 60 * 60 * 1000;

/** A token that expires sooner than this is a warning. */
const EXPIRY_DAYS = 14;

/** Clicks and a command that put a new token into the stack. */
const renewal = (stack: Stack): string =>
  `${stack.gitlab.connection.url}/-/user_settings/personal_access_tokens > Add new token, scopes api and create_runner; then: ${setSecret(stack.name, "gitlab:token")}`;

const rotation = (stack: Stack): string =>
  `${stack.gitlab.connection.url}/-/user_settings/personal_access_tokens > Rotate; then: ${setSecret(stack.name, "gitlab:token")}`;

export function tokenChecks(stack: Stack, facts: GitlabFacts, now: () => Date): PlannedCheck[] {
  const check = (id: string, title: string, run: PlannedCheck["run"]): PlannedCheck => ({
    subject: SUBJECT,
    id: `token.${id}`,
    title,
    run,
  });
  return [
    check("valid", "GitLab accepts the stack's token", async (answers) => {
      if (stack.token === undefined)
        return "reason" in stack.engine
          ? answers.skipped(
              "GITLAB_TOKEN is not set, and the stack's token cannot be read",
              "set GITLAB_TOKEN, or correct what stack.engine reports",
            )
          : answers.failed("neither gitlab:token of the stack nor GITLAB_TOKEN is set", renewal(stack));
      try {
        await facts.token();
      } catch (error) {
        if (!(error instanceof GitlabRefusal) || error.status !== 401) throw error;
        return answers.failed(`${stack.token.source}: GitLab refuses it (${error.message})`, renewal(stack));
      }
      return stack.otherToken
        ? answers.warning(
            "GITLAB_TOKEN of this shell was checked; pulumi up uses gitlab:token of the stack, which differs",
            `env --unset=GITLAB_TOKEN npm run doctor -- --stack ${stack.name}`,
          )
        : answers.ok(stack.token.source);
    }),
    check("scopes", "it has the scopes that this stack uses", async () =>
      scopesAnswer(await known(stack, facts), renewal(stack)),
    ),
    check("expiry", "it does not expire soon", async () =>
      expiryAnswer(await known(stack, facts), now(), rotation(stack)),
    ),
    check("user", "its user is active", async () => {
      await known(stack, facts);
      return userAnswer(await facts.user());
    }),
  ];
}

async function known(stack: Stack, facts: GitlabFacts): Promise<TokenFacts> {
  if (stack.token === undefined)
    throw new CannotCheck("there is no token", "correct what token.valid reports", TOKEN_VALID);
  try {
    return await facts.token();
  } catch (error) {
    if (error instanceof GitlabRefusal && error.status === 404)
      throw new CannotCheck(
        "GitLab does not describe this kind of token",
        "use a personal, group or project access token",
      );
    throw error;
  }
}

/**
 * `api` includes the right to create runners; `create_runner` alone is for tokens that do nothing else.
 *
 * @see https://docs.gitlab.com/user/profile/personal_access_tokens/#personal-access-token-scopes
 */
export function scopesAnswer({ scopes }: Pick<TokenFacts, "scopes">, remedy: string) {
  const answers = question(SUBJECT, "token.scopes", "it has the scopes that this stack uses");
  const found = scopes.length === 0 ? "it has none" : `it has ${scopes.join(", ")}`;
  return scopes.includes("api") ? answers.ok(found) : answers.failed(`${found}, but not api`, remedy);
}

/** @param token its `expires_at` is the first day on which it is refused, `YYYY-MM-DD`. */
export function expiryAnswer({ expires_at }: Pick<TokenFacts, "expires_at">, now: Date, remedy: string) {
  const answers = question(SUBJECT, "token.expiry", "it does not expire soon");
  if (!expires_at) return answers.ok("it never expires");
  const days = Math.ceil((Date.parse(`${expires_at}T00:00:00Z`) - now.getTime()) / DAY);
  if (days <= 0) return answers.failed(`expired on ${expires_at}`, remedy);
  const found = `expires in ${days} ${days === 1 ? "day" : "days"}, on ${expires_at}`;
  return days < EXPIRY_DAYS ? answers.warning(found, remedy) : answers.ok(found);
}

export function userAnswer({ username, state, bot, is_admin }: Omit<UserFacts, "id">) {
  const answers = question(SUBJECT, "token.user", "its user is active");
  const found = `${username}${bot ? ", a bot" : ""}${is_admin ? ", an administrator" : ""}`;
  return state === "active"
    ? answers.ok(found)
    : answers.failed(
        `${found}: ${state}`,
        "use a token of an active user; an administrator can unblock this one",
      );
}
