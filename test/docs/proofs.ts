/** The titles of tests, as a page that claims to be proven names them. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { REPOSITORY } from "./pages.ts";

/** A test that a page names: `test/x.test.ts` "describe > it". */
export interface Proof {
  readonly file: string;
  readonly title: string;
}

/** Every proof in a text. */
export const proofsIn = (text: string): readonly Proof[] =>
  [...text.matchAll(/`(test\/[\w./-]+\.test\.ts)` "([^"]+)"/g)].map(([, file = "", title = ""]) => ({
    file,
    title,
  }));

export interface TestTitles {
  /** From the outermost describe to the test; those of `each` have their marks: `%s`, `$name`. */
  readonly paths: readonly (readonly string[])[];
  /** All other text, which `each` may put into a title. */
  readonly texts: ReadonlySet<string>;
}

const TITLED = new Set(["describe", "it", "test"]);

/** `it` of `it("…")`, of `it.each(…)("…")` and of `it.skipIf(…)("…")`. */
function calleeName(call: ts.CallExpression): string | undefined {
  let callee: ts.Expression = call.expression;
  while (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) callee = callee.expression;
  return ts.isIdentifier(callee) ? callee.text : undefined;
}

/** @param source text of a test file. */
export function titlesOf(source: string): TestTitles {
  const paths: (readonly string[])[] = [];
  const texts = new Set<string>();
  const visit = (node: ts.Node, above: readonly string[]): void => {
    if (ts.isStringLiteralLike(node)) texts.add(node.text);
    let path = above;
    if (ts.isCallExpression(node)) {
      const [title] = node.arguments;
      const name = calleeName(node);
      if (name !== undefined && TITLED.has(name) && title && ts.isStringLiteralLike(title)) {
        path = [...above, title.text];
        if (name !== "describe") paths.push(path);
      }
    }
    ts.forEachChild(node, (child) => visit(child, path));
  };
  visit(ts.createSourceFile("test.ts", source, ts.ScriptTarget.Latest), []);
  return { paths, texts };
}

const MARK = /%[sijdo%]|\$[\w.]+/;

/** Whether a title, its marks filled with texts of the file, is this one. */
function fits(title: string, wanted: string, texts: ReadonlySet<string>): boolean {
  if (title === wanted) return true;
  if (!MARK.test(title)) return false;
  const pattern = title
    .split(new RegExp(MARK, "g"))
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
    .join("(.+)");
  const filled = new RegExp(`^${pattern}$`).exec(wanted)?.slice(1);
  return filled?.every((text) => texts.has(text)) ?? false;
}

/** A file's titles, with the text of what it imports from beside and below it: tables of `each` may stand there. */
function readTitles(place: string): TestTitles {
  const source = readFileSync(place, "utf8");
  const { paths, texts } = titlesOf(source);
  const imported = [...source.matchAll(/from "(\.\/[^"]+\.ts)"/g)].flatMap(([, path = ""]) => [
    ...titlesOf(readFileSync(join(dirname(place), path), "utf8")).texts,
  ]);
  return { paths, texts: new Set([...texts, ...imported]) };
}

const known = new Map<string, TestTitles>();

/** Why there is no such test; nothing where there is. */
export function missing({ file, title }: Proof): string | undefined {
  const place = join(REPOSITORY, file);
  if (!existsSync(place)) return `${file} does not exist`;
  const titles = known.get(place) ?? readTitles(place);
  known.set(place, titles);
  const { paths, texts } = titles;
  const wanted = title.split(" > ");
  const found = paths.some(
    (path) =>
      path.length === wanted.length && path.every((part, index) => fits(part, wanted[index] ?? "", texts)),
  );
  return found ? undefined : `${file} has no test "${title}"`;
}
