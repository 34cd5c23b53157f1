import { expect, test } from "vitest";
import { Redactor } from "../../../lab/engine/redact.ts";
import { asSecret } from "../../../lab/engine/wire.ts";

test("a secret is hidden in each of its spellings", () => {
  const redactor = new Redactor();
  redactor.add('pass"word & more');
  for (const spelling of [
    'pass"word & more',
    JSON.stringify({ password: 'pass"word & more' }),
    `https://x/?p=${encodeURIComponent('pass"word & more')}`,
    Buffer.from('pass"word & more').toString("base64"),
  ]) {
    expect(redactor.text(`before ${spelling} after`)).toMatch(/^before .*\[secret\].* after$/);
    expect(redactor.text(spelling)).not.toMatch(/word.{0,3} &|word%20|cGFzc/);
  }
});

test("so is every line of a key, and the longer of two secrets first", () => {
  const redactor = new Redactor();
  redactor.add("-----BEGIN KEY-----\nAAAAB3NzaC1yc2EAAAADAQAB\nshort\n-----END KEY-----\n");
  redactor.add("token");
  redactor.add("token-and-more");
  expect(redactor.text("say AAAAB3NzaC1yc2EAAAADAQAB")).toBe("say [secret]");
  expect(redactor.text("a token-and-more, a token, short")).toBe("a [secret], a [secret], short");
});

test("of a secret object the parts that may be credentials are hidden, its ports and users are not", () => {
  const redactor = new Redactor();
  redactor.learn({
    connection: asSecret({ host: "10.0.0.5", user: "admin", privateKey: "0123456789abcdef" }),
  });
  expect(redactor.text("admin@10.0.0.5 with 0123456789abcdef")).toBe("admin@10.0.0.5 with [secret]");
});
