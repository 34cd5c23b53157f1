/** A rule of a resource type that does not exist would let everything pass. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readSchema } from "../sdks/gitlab/schema.ts";

const schema = readSchema();
const policy = fileURLToPath(new URL("../../policy/", import.meta.url));

const sources = readdirSync(policy, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => readFileSync(`${policy}${path}`, "utf8"));

const tokens = [
  ...new Set(
    sources.flatMap((text) =>
      [...text.matchAll(/"((gcp|gitlab):\w+\/\w+:\w+)"/g)].map((found) => found[1] ?? ""),
    ),
  ),
].sort();

/** Where a provider's package has the class of a token. */
async function classOf(token: string): Promise<{ __pulumiType?: string } | undefined> {
  const [provider, path, name = ""] = token.split(":");
  // The local SDK has what this program uses; the published schema, where it is at hand, has all.
  if (provider === "gitlab") {
    const isKnown = schema === undefined || token in schema.resources;
    return isKnown ? { __pulumiType: token } : undefined;
  }
  const module = (await import(`@pulumi/gcp/${path}.js`)) as Record<string, { __pulumiType?: string }>;
  return module[name];
}

it("names resources that the providers have", async () => {
  expect(tokens.length).toBeGreaterThan(20);
  const found = await Promise.all(tokens.map(async (token) => (await classOf(token))?.__pulumiType));
  expect(found).toEqual(tokens);
});
