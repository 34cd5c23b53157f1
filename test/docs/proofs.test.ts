/** What the documentation says is proven, is proven by a test that exists. */
import { describe, expect, it } from "vitest";
import { pages } from "./pages.ts";
import { missing, proofsIn, titlesOf } from "./proofs.ts";

const security = pages.find(({ name }) => name === "docs/security.md")?.text ?? "";

describe("proofs", () => {
  it("are tests that exist", () => {
    const proofs = pages.flatMap(({ text }) => proofsIn(text));
    expect(proofs.length).toBeGreaterThan(40);
    expect(proofs.map(missing).filter((problem) => problem !== undefined)).toEqual([]);
  });

  it("stand in every row of the attack tables, or the row says that nothing protects", () => {
    const rows = security.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---"));
    const claims = rows.filter((row) => /^\| (?:an attacker|what is worth)/.test(row) === false);
    const model = security.slice(0, security.indexOf("## In a job"));
    const unproven = claims
      .filter((row) => !model.includes(row))
      .filter((row) => proofsIn(row).length === 0 && !row.startsWith("| **"));
    expect(unproven).toEqual([]);
    expect(claims.length).toBeGreaterThan(40);
  });
});

describe("titles", () => {
  it("are read with what stands around them, and with what each fills in", () => {
    const source = `
      describe("a", () => {
        it.each(["x", "y"])("does %s", () => {});
        it.skipIf(true)("b", () => { expect("c").toBe(1); });
      });
      test("d", () => {});`;
    const { paths, texts } = titlesOf(source);
    expect(paths).toEqual([["a", "does %s"], ["a", "b"], ["d"]]);
    expect(texts).toContain("x");
  });

  it("that do not exist are reported", () => {
    const file = "test/docs/proofs.test.ts";
    expect(missing({ file, title: "titles > that do not exist are reported" })).toBeUndefined();
    expect(missing({ file, title: "titles > that do not exist" })).toBe(
      `${file} has no test "titles > that do not exist"`,
    );
    expect(missing({ file: "test/none.test.ts", title: "x" })).toBe("test/none.test.ts does not exist");
    const attacks = "test/e2e/host/attacks.test.ts";
    const title = "a job that holds the Docker socket does not get the runner token by";
    expect(missing({ file: attacks, title: `${title} > the raw disk` })).toBeUndefined();
    expect(missing({ file: attacks, title: `${title} > a new way` })).toContain("has no test");
  });
});
