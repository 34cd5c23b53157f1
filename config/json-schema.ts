/**
 * `npm run schema` writes `config/stack.schema.json`: what an editor needs to complete and check `Pulumi.*.yaml`. A test
 * holds it current; `npm run docs` writes the table of keys from the same schema.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { z } from "zod";
import { runCommandLine } from "../command-line.ts";
import { shapeSchema } from "./schema.ts";
import type { Schema } from "./schema-paths.ts";

export const SCHEMA_FILE = fileURLToPath(new URL("stack.schema.json", import.meta.url));

/** The schema of our keys as they stand in a stack file; a secret is `{ secure: … }` there. */
export function inputSchema(): Schema {
  return z.toJSONSchema(shapeSchema, {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      if (!jsonSchema.secret) return;
      delete jsonSchema.secret;
      const description = jsonSchema.description;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
      Object.assign(jsonSchema, {
        ...(description === undefined ? {} : { description }),
        type: "object",
        properties: { secure: { type: "string", description: "Written by `pulumi config set --secret`." } },
        required: ["secure"],
        additionalProperties: false,
        "x-secret": true,
      });
    },
  }) as Schema;
}

/** JSON Schema of a whole stack file: our keys by name, the keys of providers and of the engine as they come. */
export function stackFileSchema(): Schema {
  const { properties = {} } = inputSchema();
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Stack configuration of buildx-runners",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(
          Object.entries(properties).map(([key, value]) => [`buildx-runners:${key}`, value]),
        ),
        patternProperties: { "^(?!buildx-runners:)[^:]+:": {} },
        required: ["buildx-runners:fleets"],
        additionalProperties: false,
      },
      encryptionsalt: { type: "string" },
      encryptedkey: { type: "string" },
      secretsprovider: { type: "string" },
      environment: {},
    },
    required: ["config"],
    additionalProperties: false,
  };
}

/** The file's content. */
export const schemaText = (): string => `${JSON.stringify(stackFileSchema(), null, 2)}\n`;

if (import.meta.main)
  await runCommandLine(
    new Command("schema")
      .description("Writes config/stack.schema.json, which editors use to complete and check stack files.")
      .action(() => writeFileSync(SCHEMA_FILE, schemaText())),
  );
