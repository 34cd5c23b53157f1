import { readFileSync } from "node:fs";
import ts from "typescript";

/** One property of an interface or class, as it is written. */
export interface DeclaredProperty {
  readonly type: string;
  readonly optional: boolean;
}

export type Declaration = Readonly<Record<string, DeclaredProperty>>;

/** The properties that a source file declares, for each of its interfaces and classes. */
export function declarationsOf(path: string): Readonly<Record<string, Declaration>> {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  const result: Record<string, Declaration> = {};
  for (const statement of source.statements) {
    if (ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement)) {
      result[statement.name?.text ?? ""] = Object.fromEntries(
        [...statement.members]
          .filter((member) => ts.isPropertySignature(member) || ts.isPropertyDeclaration(member))
          .map((member) => [
            member.name.getText(source),
            {
              type: onOneLine(member.type?.getText(source) ?? ""),
              optional: member.questionToken !== undefined,
            },
          ]),
      );
    }
  }
  return result;
}

function onOneLine(type: string): string {
  return type.replace(/\s+/g, " ").replace(/< /g, "<").replace(/ >/g, ">");
}
