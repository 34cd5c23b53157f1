/**
 * GitLab's `if` conditions, as far as they can be decided without a pipeline: true, false, or unknown where a variable
 * is asked for of which nothing is known.
 * @see https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions
 */

/** Values by name; null for what is certainly not set, and no entry for what is not known. */
export type Known = Readonly<Record<string, string | null>>;

/** Undefined: it depends. */
export type Answer = boolean | undefined;

type Value = { readonly text: string | null } | { readonly pattern: RegExp } | undefined;

const TOKEN = /\s*(\(|\)|&&|\|\||==|!=|=~|!~|\$\w+|null\b|"[^"]*"|'[^']*'|\/(?:\\.|[^/\\])+\/[ism]*)/y;

function tokens(condition: string): string[] {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < condition.trimEnd().length) {
    const match = TOKEN.exec(condition);
    if (match?.[1] === undefined) throw new SyntaxError(`not a condition of GitLab's: ${condition}`);
    found.push(match[1]);
  }
  return found;
}

/** GitLab reads RE2, and all that is the same in both is decided. */
function patternOf(text: string): RegExp | undefined {
  const end = text.lastIndexOf("/");
  try {
    return new RegExp(text.slice(1, end), text.slice(end + 1));
  } catch {
    return undefined;
  }
}

function operandOf(token: string, known: Known): Value {
  if (token === "null") return { text: null };
  if (token.startsWith("$")) {
    const text = known[token.slice(1)];
    return text === undefined ? undefined : { text };
  }
  if (!token.startsWith("/")) return { text: token.slice(1, -1) };
  const pattern = patternOf(token);
  return pattern && { pattern };
}

const not = (answer: Answer): Answer => (answer === undefined ? undefined : !answer);

function compared(left: Value, operator: string, right: Value): Answer {
  if (left === undefined || right === undefined || "pattern" in left) return undefined;
  if (operator === "==" || operator === "!=") {
    if ("pattern" in right) return undefined;
    return (left.text === right.text) === (operator === "==");
  }
  // A variable may hold the pattern.
  const pattern =
    "pattern" in right ? right.pattern : right.text === null ? undefined : patternOf(right.text);
  if (pattern === undefined) return undefined;
  const matches = left.text !== null && pattern.test(left.text);
  return operator === "=~" ? matches : not(matches);
}

const both = (left: Answer, right: Answer): Answer =>
  left === false || right === false ? false : left === undefined || right === undefined ? undefined : true;

/** @throws {SyntaxError} for what is no condition. */
function decided(condition: string, known: Known): Answer {
  const rest = tokens(condition);
  const next = (): string => {
    const token = rest.shift();
    if (token === undefined) throw new SyntaxError(`a condition that ends too early: ${condition}`);
    return token;
  };
  const single = (): Answer => {
    const token = next();
    if (token === "(") {
      const inner = either();
      if (next() !== ")") throw new SyntaxError(`a condition without its last ): ${condition}`);
      return inner;
    }
    const left = operandOf(token, known);
    if (/^(?:[!=]=|[=!]~)$/.test(rest[0] ?? "")) return compared(left, next(), operandOf(next(), known));
    // A variable alone asks whether it holds anything.
    return left === undefined || "pattern" in left ? undefined : left.text !== null && left.text !== "";
  };
  const every = (): Answer => {
    let answer = single();
    while (rest[0] === "&&") {
      next();
      answer = both(answer, single());
    }
    return answer;
  };
  const either = (): Answer => {
    let answer = every();
    while (rest[0] === "||") {
      next();
      answer = not(both(not(answer), not(every())));
    }
    return answer;
  };
  const answer = either();
  if (rest.length > 0) throw new SyntaxError(`not a condition of GitLab's: ${condition}`);
  return answer;
}

/**
 * @returns undefined as well for what cannot be read: a project's own rules are GitLab's to judge.
 * @example
 * decide('$CI_COMMIT_TAG && $OPERATION == "backup"', { CI_COMMIT_TAG: null }); // false
 */
export function decide(condition: string, known: Known): Answer {
  try {
    return decided(condition, known);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
